/** The models of the demo channel that the first start creates. */

/** The demo upstream accepts any model name, so that a model mapping can lead to it too. */
export const demoModels: readonly string[] = [
  'demo-chat',
  'demo-tools',
  'demo-thinking',
  'demo-image',
  'demo-speech',
  'demo-transcribe',
  'demo-embedding',
  'demo-rerank',
  'demo-moderation',
  'demo-realtime',
  'demo-video',
];
