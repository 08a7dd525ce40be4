/** How nodes ask each other for running requests, in payloads of NOTIFY: `id keys 1,2` or `id account 1`, and `id incarnation requests sockets`. */
import type { RunningAnswer, RunningQuestion } from '../coordination.ts';

export const questionsChannel = 'halley_questions';
export const answersChannel = 'halley_answers';

export const questionText = ({ id, subject }: RunningQuestion): string =>
  'accountId' in subject ? `${id} account ${subject.accountId}` : `${id} keys ${subject.keyIds.join()}`;

export function readQuestion(payload: string): RunningQuestion {
  const [id = '', kind, ids = ''] = payload.split(' ');
  const subject = kind === 'account' ? { accountId: Number(ids) } : { keyIds: ids.split(',').map(Number) };
  return { id, subject };
}

export const answerText = ({ id, incarnation, running, sockets }: RunningAnswer): string =>
  `${id} ${incarnation} ${running} ${sockets}`;

export function readAnswer(payload: string): RunningAnswer {
  // A node of the release before does not count sockets apart.
  const [id = '', incarnation = '', running = '', sockets = '0'] = payload.split(' ');
  return { id, incarnation: Number(incarnation), running: Number(running), sockets: Number(sockets) };
}
