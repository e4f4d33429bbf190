import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ApiKeysModule, AuthModule, DatabaseModule, ToolKeysModule } from 'nestjs-gatehouse';
import { gatehouseTables } from 'nestjs-gatehouse/database';
import { DataSource } from 'typeorm';
import { Note } from './note.entity';
import { NotesController } from './notes.controller';

const gatehouse = gatehouseTables({ prefix: 'gh_', schema: 'auth' });
const login = 'https://login.example.com';

/** An application with a data source of its own. */
@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      useFactory: () => ({
        type: 'postgres',
        url: process.env.DATABASE_URL,
        entities: [Note, ...gatehouse.entities],
        synchronize: false,
      }),
    }),
    TypeOrmModule.forFeature([Note]),
    DatabaseModule.forRootAsync({
      inject: [DataSource],
      useFactory: (dataSource: DataSource) => ({ dataSource, runMigrations: true }),
    }),
    AuthModule.forRoot({
      issuers: [{ issuer: `${login}/`, audience: 'notes', jwksUrl: `${login}/jwks.json` }],
    }),
    ApiKeysModule,
    ToolKeysModule,
  ],
  controllers: [NotesController],
})
export class HostModule {}
