/** Statements on the audit log that both engines run. */
import { type AuditNote, auditText, type Origin } from '../../domain/audit.ts';
import { limits } from '../../platform/limits.ts';
import type { AuditQuery } from '../audit-store.ts';
import { integer, omit, pick, type RowOf, reader } from '../columns.ts';
import { Conditions } from '../conditions.ts';
import { composed, statement } from '../statement.ts';
import { auditEvents } from '../tables.ts';

export const newEvent = omit(auditEvents, 'id');

const { id, createdMs } = auditEvents;
const limited = { ms: integer(), limit: integer() } as const;

const auditRow = reader(auditEvents);

export const auditSql = {
  position: statement(
    { id },
    'SELECT id, created_ms FROM audit_events WHERE id = :id',
    reader({ id, createdMs }),
  ),
  moveDeleted: statement(
    pick(limited, 'ms'),
    'UPDATE audit_horizon SET deleted_before_ms = :ms WHERE deleted_before_ms < :ms',
  ),
  moveErased: statement(
    pick(limited, 'ms'),
    'UPDATE audit_horizon SET erased_before_ms = :ms WHERE erased_before_ms < :ms',
  ),
  deleteBefore: statement(
    limited,
    `DELETE FROM audit_events WHERE id IN
      (SELECT id FROM audit_events WHERE created_ms < :ms ORDER BY created_ms, id LIMIT :limit)`,
  ),
  // The condition is that of the index, which holds only entries with an address.
  erase: statement(
    limited,
    `UPDATE audit_events SET address = '', user_agent = '' WHERE id IN
      (SELECT id FROM audit_events WHERE address <> '' AND created_ms < :ms ORDER BY created_ms, id LIMIT :limit)`,
  ),
} as const;

/** Whether entries match by an index alone, or are searched among those that an index finds. */
interface Sought {
  readonly found: Conditions;
  readonly searched: Conditions;
}

// Neither engine has the other's function for this.
const contains = (column: string) => `replace(lower(${column}), :text, '') <> lower(${column})`;
const containsText = `(${['actor_name', 'object_name', 'address', 'request_id'].map(contains).join(' OR ')})`;

/** The first filter that is given decides the index; the others are checked on what it finds. */
function sought(query: AuditQuery): Sought {
  const { id, text, object, objectId, objectName, ownerId, actorId, action, address, scope } = query;
  const found = new Conditions();
  const searched = new Conditions();
  const byIndex = [
    new Conditions().addGiven('id = :id', { id }),
    new Conditions().addGiven('object_type = :object AND object_id = :objectId', { object, objectId }),
    new Conditions().addGiven("address = :address AND address <> ''", { address }),
    new Conditions().addGiven('actor_id = :actorId', { actorId }),
    new Conditions().addGiven('owner_id = :ownerId', { ownerId }),
    new Conditions().addGiven('action = :action', { action }),
  ].filter((conditions) => conditions.text !== 'true');
  for (const [index, each] of byIndex.entries())
    (index === 0 ? found : searched).add(each.text, each.parameters);
  if (objectId === undefined) searched.addGiven('object_type = :object', { object });
  searched.addGiven('object_name = :objectName', { objectName }).addGiven(containsText, { text });
  searched.addGiven(
    `(owner_id IN (0, :scopeId) OR NOT EXISTS
      (SELECT 1 FROM accounts WHERE accounts.id = owner_id AND accounts.role >= :scopeRole))`,
    { scopeId: scope?.id, scopeRole: scope?.role },
  );
  return { found, searched };
}

/** Statements of one page. @param after the position that the page begins after */
export function auditPage(
  query: AuditQuery,
  limit: number,
  after: RowOf<{ id: typeof id; createdMs: typeof createdMs }> | undefined,
) {
  const { found, searched } = sought(query);
  const { fromMs, toMs } = query;
  found
    .addGiven('created_ms >= :fromMs', { fromMs })
    .addGiven('created_ms <= :toMs', { toMs })
    .addGiven('(created_ms, id) < (:afterMs, :afterId)', { afterMs: after?.createdMs, afterId: after?.id });
  const order = 'ORDER BY created_ms DESC, id DESC';
  const most = limits.audit_searched_max;
  const candidates = `FROM audit_events WHERE ${found.text} ${order}`;
  const page =
    searched.text === 'true'
      ? `SELECT * ${candidates} LIMIT :limit`
      : `SELECT * FROM (SELECT * ${candidates} LIMIT ${most}) AS candidates WHERE ${searched.text} ${order} LIMIT :limit`;
  return {
    page: composed(page, auditRow),
    /** The last of the candidates; no row = all that there are were searched. */
    last: composed(`SELECT id ${candidates} LIMIT 1 OFFSET ${most - 1}`, reader({ id })),
    parameters: { ...searched.parameters, ...found.parameters, limit },
  };
}

/** The row of a note. Texts of clients are cut, and lose what neither engine can hold. */
export function eventOf(origin: Origin, note: AuditNote, createdMs: number): RowOf<typeof newEvent> {
  return {
    ...origin,
    ...note,
    createdMs,
    actorName: auditText(origin.actorName, limits.audit_name_chars_max),
    userAgent: auditText(origin.userAgent, limits.audit_agent_chars_max),
    objectName: auditText(note.objectName, limits.audit_name_chars_max),
  };
}
