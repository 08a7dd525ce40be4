/** Says what of LiteLLM's database has no counterpart here. */
import { isGiven, type SourceRow, seconds, text } from '../cells.ts';
import type { ImportNotes } from '../plan.ts';
import type { ImportSource } from '../source.ts';

/** Tables that are only counted. */
const counted: Readonly<Record<string, string>> = {
  LiteLLM_SpendLogs: 'Spend logs: what they add up to goes over as the usage of accounts and keys.',
  LiteLLM_AuditLog: 'Entries of the audit log.',
  LiteLLM_ModelTable: 'Aliases of models, of teams: their clients have to name the models themselves.',
  LiteLLM_EndUserTable: 'End users (customers), with their budgets.',
  LiteLLM_JWTKeyMapping: 'Mappings of sign-in tokens to keys.',
  LiteLLM_ManagedVectorStoresTable: 'Vector stores.',
  LiteLLM_ManagedFileTable: 'Files.',
  LiteLLM_PromptTable: 'Prompts.',
};

/** Tables whose rows are named: the column that identifies a row, those that may name it, and what they are. */
const named: Readonly<Record<string, readonly [id: string, names: readonly string[], sentence: string]>> = {
  LiteLLM_TagTable: ['tag_name', ['tag_name'], 'Tags with their budgets.'],
  LiteLLM_CredentialsTable: [
    'credential_id',
    ['credential_name'],
    'Credentials of upstreams, which are encrypted: add the keys to the channels.',
  ],
  LiteLLM_MCPServerTable: ['server_id', ['server_name', 'alias'], 'MCP servers.'],
  LiteLLM_GuardrailsTable: ['guardrail_id', ['guardrail_name'], 'Guardrails.'],
  LiteLLM_AgentsTable: ['agent_id', ['agent_name'], 'Agents.'],
  LiteLLM_Config: ['param_name', ['param_name'], 'Settings of the proxy.'],
};

export async function noteWhatStays(source: ImportSource, now: number, notes: ImportNotes): Promise<void> {
  for (const [table, sentence] of Object.entries(counted)) {
    const count = await source.count(table);
    if (count > 0) notes.add('left', sentence, undefined, count);
  }
  for (const [table, [id, names, sentence]] of Object.entries(named)) {
    for (const row of await source.rows(table, id)) {
      const column = names.find((name) => isGiven(row[name])) ?? id;
      notes.add('left', sentence, text(row[column]));
    }
  }
  if (!source.tables.has('LiteLLM_DeletedVerificationToken')) {
    notes.add(
      'left',
      'This version keeps no list of deleted keys: delete here what is deleted there after an import.',
    );
  }
  await noteOrganizations(source, notes);
  await noteModels(source, notes);
  for (const row of await source.rows('LiteLLM_DeprecatedVerificationToken', 'token')) {
    if ((seconds(row.revoke_at) ?? 0) > now) {
      notes.add(
        'left',
        'The former value of a key that was replaced, which LiteLLM still takes for a while, is refused here.',
      );
    }
  }
}

const hasBudget = (row: SourceRow | undefined): boolean =>
  ['max_budget', 'rpm_limit', 'tpm_limit', 'max_parallel_requests'].some((column) => isGiven(row?.[column]));

async function noteOrganizations(source: ImportSource, notes: ImportNotes): Promise<void> {
  const budgets = new Map(
    (await source.rows('LiteLLM_BudgetTable', 'budget_id')).map((row) => [text(row.budget_id), row]),
  );
  const has = (row: SourceRow) => hasBudget(budgets.get(text(row.budget_id)));
  for (const row of await source.rows('LiteLLM_OrganizationTable', 'organization_id')) {
    const name = text(row.organization_alias) || text(row.organization_id);
    notes.add('left', 'Organizations: their models restrict the keys that go over.', name);
    if (has(row)) notes.add('left', 'The budget and limits of an organization do not go over.', name);
  }
  for (const row of await source.rows('LiteLLM_ProjectTable', 'project_id')) {
    const name = text(row.project_alias) || text(row.project_id);
    notes.add('left', 'Projects: their models restrict the keys that go over.', name);
    if (has(row)) notes.add('left', 'The budget and limits of a project do not go over.', name);
  }
  const memberships = [
    ...(await source.rows('LiteLLM_TeamMembership', 'user_id')),
    ...(await source.rows('LiteLLM_OrganizationMembership', 'user_id')),
  ];
  for (const row of memberships.filter(has)) {
    notes.add('left', 'The budget and limits of a member do not go over.', text(row.user_id));
  }
}

async function noteModels(source: ImportSource, notes: ImportNotes): Promise<void> {
  for (const row of await source.rows('LiteLLM_ProxyModelTable', 'model_id')) {
    notes.add(
      'left',
      'The key and the parameters of a model stay behind: they are encrypted.',
      text(row.model_name),
    );
  }
}
