/** Fates of a statement: executed, responded to, failed, or executed after its sender gave up. */
import type { NodeEvent } from '../../src/revocation/node-core.ts';
import { acknowledge, extend, readLog, reassert, register, retire } from './database.ts';
import { matters, take } from './node.ts';
import type { Asked, Node, World } from './world.ts';

export function execute({ db }: World, time: number, asked: Asked): void {
  switch (asked.what) {
    case 'register':
      asked.answer = register(db, time, asked.process, asked.replaces);
      break;
    case 'extend':
      asked.answer = extend(db, asked.incarnation, asked.process);
      break;
    case 'read':
      asked.answer = readLog(db, asked.from);
      break;
    case 'acknowledge':
      asked.answer = acknowledge(db, asked.incarnation, asked.process, asked.seq);
      break;
    case 'reassert':
      asked.answer = reassert(db, asked.lost.deletions, asked.lost.seq);
      break;
    case 'retire':
      retire(db, asked.incarnations);
      asked.answer = true;
  }
}

const noMark = { seq: 0, nonce: '0' };

/** Delivers the response of an executed statement. */
export function deliver(node: Node, asked: Asked): void {
  node.asked = node.asked.filter((other) => other !== asked);
  if (asked.what === 'retire') {
    node.life = 'up';
    return;
  }
  take(node, answerOf(asked));
}

function answerOf(asked: Exclude<Asked, { what: 'retire' }>): NodeEvent {
  const { epoch } = asked;
  switch (asked.what) {
    case 'register':
      return { on: 'registered', epoch, incarnation: asked.answer ?? 0 };
    case 'extend':
      return { on: 'extended', epoch, known: asked.answer ?? false };
    case 'read':
      return {
        on: 'read',
        epoch,
        log: asked.answer ?? { head: { seq: 0, nonce: '0' }, entries: [], server: '0' },
      };
    case 'acknowledge':
      return { on: 'acknowledged', epoch, known: asked.answer ?? false };
    case 'reassert':
      return { on: 'reasserted', epoch, head: asked.answer ?? noMark };
  }
}

/** The sender gives up. The statement may still be executed later. */
export function fail(node: Node, asked: Asked): void {
  asked.isGivenUp = true;
  node.asked = node.asked.filter(matters);
  if (asked.what === 'retire') node.life = 'down';
  else take(node, { on: 'failed', epoch: asked.epoch, what: asked.what });
}

/** Describes a statement for people. */
export function nameOf(asked: Asked): string {
  switch (asked.what) {
    case 'register':
      return 'register';
    case 'extend':
      return `extend ${asked.incarnation}`;
    case 'read':
      return asked.from === undefined ? 'read of the head of the log' : `read of the log from ${asked.from}`;
    case 'acknowledge':
      return `acknowledge ${asked.seq} as ${asked.incarnation}`;
    case 'reassert':
      return `assert ${asked.lost.deletions.length} deletions again`;
    case 'retire':
      return `end the registrations ${asked.incarnations.join(', ')} of dead processes`;
  }
}
