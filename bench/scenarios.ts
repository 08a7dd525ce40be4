/** Every scenario of the bench, in the order in which they run. */
import type { Scenario } from './bench.ts';
import { chatScenarios } from './scenarios/chat.ts';
import { fleetScenario } from './scenarios/fleet.ts';
import { floodScenario } from './scenarios/flood.ts';
import { idleScenario } from './scenarios/idle.ts';
import { keyChurnScenario } from './scenarios/key-churn.ts';
import { latencyScenario } from './scenarios/latency.ts';
import { membersScenario } from './scenarios/members.ts';
import { memoryScenario } from './scenarios/memory.ts';
import { neighboursScenario } from './scenarios/neighbours.ts';
import { recordsScenario } from './scenarios/records.ts';
import { scaleScenario } from './scenarios/scale.ts';
import { socketsScenario } from './scenarios/sockets.ts';
import { telemetryScenarios } from './scenarios/telemetry.ts';
import { translatedScenarios } from './scenarios/translated.ts';
import { workersScenario } from './scenarios/workers.ts';

export const scenarios: readonly Scenario[] = [
  ...chatScenarios,
  ...translatedScenarios,
  ...telemetryScenarios,
  latencyScenario,
  memoryScenario,
  idleScenario,
  socketsScenario,
  floodScenario,
  scaleScenario,
  recordsScenario,
  neighboursScenario,
  fleetScenario,
  keyChurnScenario,
  workersScenario,
  membersScenario,
];
