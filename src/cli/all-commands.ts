/** Every command of the command line, in the order of its help. */
import { addAudit } from './commands/audit.ts';
import { addBackup, addRestore } from './commands/backup.ts';
import { addChannels } from './commands/channels.ts';
import { addCompletion } from './commands/completion.ts';
import { addDoctor } from './commands/doctor.ts';
import { addExplain } from './commands/explain.ts';
import { addExport } from './commands/export.ts';
import { addFleet } from './commands/fleet.ts';
import { addHealth } from './commands/health.ts';
import { addImport } from './commands/import.ts';
import { addInit } from './commands/init.ts';
import { addJobs } from './commands/jobs.ts';
import { addJournal } from './commands/journal.ts';
import { addKeys } from './commands/keys.ts';
import { addLedger } from './commands/ledger.ts';
import { addSignIn } from './commands/login.ts';
import { addLogs } from './commands/logs.ts';
import { addMigrate } from './commands/migrate.ts';
import { addOpenApi } from './commands/openapi.ts';
import { addPrices } from './commands/prices.ts';
import { addReceipts } from './commands/receipts.ts';
import { addRoot } from './commands/root.ts';
import { addSecret } from './commands/secret.ts';
import { addServe } from './commands/serve.ts';
import { addSessions } from './commands/sessions.ts';
import { addSettings } from './commands/settings.ts';
import { addSupervise } from './commands/supervise.ts';
import { addUsage } from './commands/usage.ts';
import { addUsers } from './commands/users.ts';
import type { AddCommand } from './program.ts';

export const allCommands: readonly AddCommand[] = [
  addImport,
  addExport,
  addInit,
  addServe,
  addSupervise,
  addSignIn,
  addKeys,
  addLogs,
  addExplain,
  addJobs,
  addUsage,
  addJournal,
  addAudit,
  addUsers,
  addSessions,
  addChannels,
  addPrices,
  addLedger,
  addBackup,
  addRestore,
  addMigrate,
  addFleet,
  addReceipts,
  addSecret,
  addRoot,
  addDoctor,
  addHealth,
  addSettings,
  addOpenApi,
  addCompletion,
];
