import { MigrationInterface, QueryRunner } from 'typeorm';

/** Which database, on which WAL timeline, a replica reads. */
export class ReplicaServers1796110000000 implements MigrationInterface {
  name = 'ReplicaServers1796110000000';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "replicas" ADD "server" character varying(100)`);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "replicas" DROP COLUMN "server"`);
  }
}
