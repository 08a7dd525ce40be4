/** The models of the demo upstream, for the channel that a first start makes. */

/** The models it is offered under. It answers to any name, so that a mapping can lead to it too. */
export const demoModels: readonly string[] = ['demo-chat', 'demo-embedding'];
