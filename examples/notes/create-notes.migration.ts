import { type MigrationInterface, type QueryRunner, Table, TableIndex } from 'typeorm';

/** For SQLite and PostgreSQL. */
export class CreateNotes1795000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const columns = [
      { name: 'id', type: 'varchar', length: '36', isPrimary: true },
      { name: 'owner_id', type: 'varchar', length: '36' },
      { name: 'text', type: 'varchar', length: '2000' },
      { name: 'written_by', type: 'varchar', length: '300' },
    ];
    await runner.createTable(new Table({ name: 'notes', columns }));
    const index = new TableIndex({ name: 'ix_notes_owner', columnNames: ['owner_id', 'id'] });
    await runner.createIndex('notes', index);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('notes');
  }
}
