import { Module } from '@nestjs/common';
import { ApiKeysModule, AuthModule, DatabaseModule } from 'nestjs-gatehouse';
import { DataSource } from 'typeorm';
import { DataModule } from './data.module.js';

@Module({
  imports: [
    DataModule,
    DatabaseModule.forRootAsync({
      inject: [DataSource],
      useFactory: (dataSource: DataSource) => ({ dataSource }),
    }),
    AuthModule.forRoot({ issuers: [] }),
    ApiKeysModule,
  ],
})
export class AppModule {}
