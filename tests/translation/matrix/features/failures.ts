/** What goes wrong: errors before and within a response, early closes, and the deletion of the key. */
import assert from 'node:assert/strict';
import { until } from '../../../support/until.ts';
import { isTranslated } from '../directions.ts';
import type { Feature } from '../feature.ts';

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export const failures: readonly Feature[] = [
  {
    name: 'error before the response',
    async run({ begin }) {
      const talk = begin();
      talk.say('Please fail at once');
      await assert.rejects(talk.send(), (error: Error & { status?: number }) => {
        assert.equal(error.status, 400);
        assert.match(error.message, /The prompt is not to my liking\./);
        return true;
      });
    },
  },
  {
    name: 'error in the stream',
    streamOnly: true,
    async run({ begin }) {
      const talk = begin();
      talk.say('Please fail midway');
      await assert.rejects(talk.send(), (error) => /I am overloaded/.test(messageOf(error)));
    },
  },
  {
    name: 'early close',
    async run({ begin, ...direction }) {
      const talk = begin();
      talk.say('Please close early');
      if (isTranslated(direction)) await assert.rejects(talk.send());
      // Some SDKs accept it when it comes from their own provider.
      else assert.notEqual((await talk.send().catch(() => undefined))?.ending, 'end_turn');
    },
  },
  {
    name: 'key deleted in the stream',
    streamOnly: true,
    async run({ begin, world: { gateway, upstream } }) {
      const { value: key, id } = await gateway.createKey();
      const talk = begin({ key });
      talk.say(`Please never end, ${id}`);
      const request = () => upstream.requests.find((each) => each.body().includes(`never end, ${id}`));
      const ended = talk.send().then(
        () => 'no error',
        (error: unknown) => messageOf(error),
      );
      await until(() => (request()?.bytesTaken() ?? 0) > 2000);
      assert.equal((await gateway.call('DELETE', `/api/token/${id}`)).json?.success, true);
      assert.match(await ended, /revoked|deleted/i);
      await until(() => request()?.state === 'aborted');
    },
  },
];
