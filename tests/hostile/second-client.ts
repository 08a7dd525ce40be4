/** A client in a thread of its own, so that its waits are those of the gateway and not of the attacker. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

export interface SecondClient {
  /** @returns how long each of its requests took, in milliseconds, longest last */
  stop(): Promise<readonly number[]>;
}

/** Starts one that asks for the models again and again. Resolves once it has had its first answer. */
export async function startSecondClient(url: string, key: string): Promise<SecondClient> {
  const worker = new Worker(new URL(import.meta.url), { workerData: { url, key } });
  const failed = new Promise<never>((_, reject) => worker.once('error', reject));
  failed.catch(() => undefined);
  const next = <Value>() =>
    Promise.race([new Promise<Value>((resolve) => worker.once('message', resolve)), failed]);
  await next();
  return {
    async stop() {
      worker.postMessage('stop');
      const waits = await next<number[]>();
      await worker.terminate();
      return waits.sort((one, other) => one - other);
    },
  };
}

async function run(url: string, key: string): Promise<void> {
  let isOver = false;
  parentPort?.once('message', () => {
    isOver = true;
  });
  const ask = async () => {
    const began = performance.now();
    const answer = await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
    if (answer.status !== 200) throw new Error(`the second client got ${answer.status}`);
    await answer.arrayBuffer();
    return performance.now() - began;
  };
  await ask();
  parentPort?.postMessage('ready');
  const waits: number[] = [];
  while (!isOver) {
    waits.push(await ask());
    await sleep(2);
  }
  parentPort?.postMessage(waits);
}

if (!isMainThread) await run(workerData.url, workerData.key);
