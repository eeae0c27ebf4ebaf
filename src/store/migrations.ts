import type { Kysely } from 'kysely';
import type { Migration, MigrationProvider } from 'kysely/migration';

/** Column types both databases understand: text for strings, bigint for instants and counts. */
const first: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('journeys')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('token_hash', 'text', (column) => column.unique())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('visit_sealed', 'text', (column) => column.notNull())
      .addColumn('browser_hash', 'text')
      .addColumn('identity_sealed', 'text')
      .addColumn('supply_sealed', 'text')
      .addColumn('problem', 'text')
      .addColumn('fresh_sign_in', 'bigint', (column) => column.notNull())
      .addColumn('decision_id', 'text')
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .addColumn('token_expires_at', 'bigint', (column) => column.notNull())
      .addColumn('version', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('journeys_by_expiry').on('journeys').column('expires_at').execute();

    await db.schema
      .createTable('sign_ins')
      .addColumn('state_hash', 'text', (column) => column.primaryKey())
      .addColumn('journey_id', 'text', (column) => column.notNull())
      .addColumn('browser_hash', 'text', (column) => column.notNull())
      .addColumn('request_sealed', 'text')
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('sign_ins_by_journey').on('sign_ins').column('journey_id').execute();
    await db.schema.createIndex('sign_ins_by_expiry').on('sign_ins').column('expires_at').execute();

    await db.schema
      .createTable('decisions')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('journey_id', 'text', (column) => column.notNull().unique())
      .addColumn('outcome', 'text', (column) => column.notNull())
      .addColumn('reason', 'text', (column) => column.notNull())
      .addColumn('decided_at', 'bigint', (column) => column.notNull())
      .execute();

    await db.schema
      .createTable('consent_records')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('decision_id', 'text', (column) => column.notNull())
      .addColumn('event', 'text', (column) => column.notNull())
      .addColumn('subject_key', 'text', (column) => column.notNull())
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('grant_id', 'text')
      .addColumn('language', 'text', (column) => column.notNull())
      .addColumn('text_version', 'text', (column) => column.notNull())
      .addColumn('text_hash', 'text', (column) => column.notNull())
      .addColumn('evidence_sealed', 'text', (column) => column.notNull())
      .addColumn('recorded_at', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('consent_records_by_subject').on('consent_records').column('subject_key').execute();

    await db.schema
      .createTable('grants')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('token_hash', 'text', (column) => column.notNull().unique())
      .addColumn('decision_id', 'text', (column) => column.notNull().unique())
      .addColumn('subject_key', 'text', (column) => column.notNull())
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('share_key', 'text', (column) => column.notNull())
      .addColumn('binding_sealed', 'text', (column) => column.notNull())
      .addColumn('status', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .addColumn('ended_at', 'bigint')
      .addColumn('last_read_at', 'bigint')
      .execute();
    await db.schema.createIndex('grants_by_share').on('grants').column('share_key').execute();
    await db.schema.createIndex('grants_by_subject').on('grants').column('subject_key').execute();

    await db.schema
      .createTable('outbox')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('decision_id', 'text', (column) => column.notNull().unique())
      .addColumn('message_sealed', 'text')
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('attempts', 'bigint', (column) => column.notNull())
      .addColumn('unanswered', 'bigint', (column) => column.notNull())
      .addColumn('next_attempt_at', 'bigint', (column) => column.notNull())
      .addColumn('claimed_until', 'bigint', (column) => column.notNull())
      .addColumn('deadline_at', 'bigint', (column) => column.notNull())
      .addColumn('last_code', 'text')
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('settled_at', 'bigint')
      .execute();
    await db.schema.createIndex('outbox_by_due').on('outbox').columns(['state', 'next_attempt_at']).execute();

    await db.schema
      .createTable('settings')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('value_sealed', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .execute();
  },
};

/** Answers of the provider's systems that outlive a restart. */
const lastGood: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('last_good_answers')
      .addColumn('key', 'text', (column) => column.primaryKey())
      .addColumn('digest', 'text', (column) => column.notNull())
      .addColumn('answer_sealed', 'text', (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('last_good_answers_by_expiry').on('last_good_answers').column('expires_at').execute();
  },
};

/** When a grant's customer was last seen to have its supply; never, for grants of before. */
const entitlement: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .alterTable('grants')
      .addColumn('entitled_at', 'bigint', (column) => column.notNull().defaultTo(0))
      .execute();
  },
};

/** Tokens of customers in whose name the provider's systems are asked. */
const customerTokens: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('customer_tokens')
      .addColumn('grant_id', 'text', (column) => column.primaryKey())
      .addColumn('access_sealed', 'text', (column) => column.notNull())
      .addColumn('refresh_sealed', 'text', (column) => column.notNull())
      .addColumn('access_expires_at', 'bigint', (column) => column.notNull())
      .addColumn('version', 'bigint', (column) => column.notNull())
      .addColumn('leased_until', 'bigint', (column) => column.notNull())
      .execute();
  },
};

/** What became of a consent is looked up by its decision. */
const consentRecordsByDecision: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.createIndex('consent_records_by_decision').on('consent_records').column('decision_id').execute();
  },
};

/** Browsers at the overview of shares. */
const connectionSessions: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('connection_sessions')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('browser_hash', 'text', (column) => column.notNull())
      .addColumn('state_hash', 'text', (column) => column.notNull().unique())
      .addColumn('request_sealed', 'text')
      .addColumn('customer_sealed', 'text')
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema
      .createIndex('connection_sessions_by_browser')
      .on('connection_sessions')
      .column('browser_hash')
      .execute();
  },
};

const migrations: Record<string, Migration> = {
  '0001_first': first,
  '0002_last_good': lastGood,
  '0003_entitlement': entitlement,
  '0004_customer_tokens': customerTokens,
  '0005_consent_records_by_decision': consentRecordsByDecision,
  '0006_connection_sessions': connectionSessions,
};

export const migrationProvider: MigrationProvider = { getMigrations: () => Promise.resolve(migrations) };
