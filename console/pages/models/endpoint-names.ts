/** What the catalogue's endpoints are called. These are names, in every language. */
export const endpointNames: Readonly<Record<string, string>> = {
  openai: 'Chat',
  'openai-response': 'Responses',
  anthropic: 'Messages',
  gemini: 'Gemini',
  embeddings: 'Embeddings',
  'image-generation': 'Images',
  'image-edit': 'Image edits',
  'audio-speech': 'Speech',
  'audio-transcription': 'Transcriptions',
  'openai-video': 'Videos',
  realtime: 'Realtime',
  rerank: 'Rerank',
  'cohere-rerank': 'Cohere rerank',
  moderation: 'Moderations',
};
