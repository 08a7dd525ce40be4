/** Makes jobs of several states on a gateway with the demo upstream. */

import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { dataOf, type Gateway } from '../../support/gateway.ts';
import { until } from '../../support/until.ts';

export interface SomeJobs {
  /** Succeeded, of the demo. */
  readonly jobId: string;
  /** Held: its submit got no answer. */
  readonly heldJobId: string;
}

const videoPrice = { input: '0', output: '0', per_video_second: '0.05' };
const tasksOf = async (gateway: Gateway, query: string) =>
  dataOf(await gateway.call('GET', `/api/task?${query}`)).items as readonly Record<string, unknown>[];

/** Sends a video job. @returns its answer */
const submit = async (gateway: Gateway, value: string, model: string, prompt: string) =>
  gateway.call('POST', '/v1/videos', { token: `Bearer ${value}`, body: { model, prompt, seconds: '4' } });

/**
 * Submits a job to an upstream that takes it and never answers.
 * @returns its id
 */
export async function heldJob(gateway: Gateway, value: string, model = 'silent-video'): Promise<string> {
  const silent = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.resetAndDestroy());
  });
  await new Promise<void>((resolve) => void silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  await gateway.createChannel(`http://127.0.0.1:${port}`, { name: 'silent', models: [model] });
  const models = [{ id: model, model_type: 'video', ...videoPrice }];
  dataOf(await gateway.call('PUT', '/api/price', { body: { models } }));
  await submit(gateway, value, model, 'a video that nobody knows of');
  silent.close();
  const [job] = await tasksOf(gateway, 'status=UNKNOWN');
  return String(job?.task_id);
}

/** Waits until the demo's job has ended. */
export async function someJobs(gateway: Gateway): Promise<SomeJobs> {
  const { value } = await gateway.createKey({
    name: 'video studio',
    unlimited_quota: false,
    remain_quota: 50_000_000,
  });
  const [made] = await Promise.all([
    submit(gateway, value, 'demo-video', 'waves at night'),
    submit(gateway, value, 'demo-video', 'fail on purpose'),
  ]);
  const heldJobId = await heldJob(gateway, value);
  const jobId = String(made?.json?.id);
  await until(async () => (await tasksOf(gateway, `task_id=${jobId}`))[0]?.state === 'succeeded', 60);
  await until(async () => (await tasksOf(gateway, 'status=FAILURE')).length > 0, 60);
  return { jobId, heldJobId };
}
