import { Column, Entity, type MigrationInterface, PrimaryColumn, type QueryRunner } from 'typeorm';

@Entity('notes')
export class Note {
  @PrimaryColumn({ type: 'varchar', length: 36 })
  id!: string;

  @Column({ name: 'owner_id', type: 'varchar', length: 36 })
  ownerId!: string;
}

export class CreateNotes1760000000000 implements MigrationInterface {
  readonly name = 'CreateNotes1760000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE notes (id varchar(36) PRIMARY KEY, owner_id varchar(36) NOT NULL)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE notes');
  }
}
