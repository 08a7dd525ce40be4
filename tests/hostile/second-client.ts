/** A client in a separate thread, so that its waits are caused by the gateway and not by the attacker. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

export interface SecondClient {
  /** @returns the durations of its requests in milliseconds, longest last */
  stop(): Promise<readonly number[]>;
}

/** Starts a client that requests the models repeatedly. Resolves after its first response. */
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
