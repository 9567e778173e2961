// npm @sap/cds, an OData v4 server: 2,500 users at /v1.0/users, for tests on loopback.
//
//   FOLDER   certificates: localhost.pem (key and certificate of this server)
//
// Prints "ready <address>" and ends when its standard input closes.
import { createServer } from 'node:https';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// What the package says of itself would come before the line that says it is ready.
console.log = console.info = () => {};
process.chdir(dirname(fileURLToPath(import.meta.url)));
const { default: cds } = await import('@sap/cds');
const { default: express } = await import('express');
cds.env.requires.db = { kind: 'sqlite', impl: '@cap-js/sqlite', driver: 'sql.js', credentials: { url: ':memory:' }, pool: { max: 1 } };
cds.env.requires.auth = { kind: 'mocked', impl: '@sap/cds/lib/srv/middlewares/auth/dummy-auth' };
cds.env.features.in_memory_db = true;

const csn = await cds.load('service.cds');
cds.model = cds.compile.for.nodejs(csn);
cds.db = await cds.connect.to('db');
await cds.deploy(csn).to(cds.db);

const two = number => String(number).padStart(2, '0');
const user = number => ({
  id: `71000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`,
  displayName: number % 50 ? `User ${number}` : `Zoë O'Neil & Søn ${number}`,
  userPrincipalName: `user${number}@contoso.test`, department: ['Sales', 'Research', 'Legal', null][number % 4], accountEnabled: number % 5 > 0,
  createdDateTime: `2026-01-${two(1 + number % 28)}T12:00:${two(number % 60)}.000Z`, employeeNumber: number,
});
await cds.run(INSERT.into('Graph.users').entries(Array.from({ length: 2500 }, (_, index) => user(index + 1))));

const app = express();
// A bearer has to come with each request, as at Graph.
app.use((request, response, next) => request.headers.authorization?.startsWith('Bearer ')
  ? next()
  : response.status(401).json({ error: { code: 'InvalidAuthenticationToken', message: 'Access token is empty.' } }));
await cds.serve('all').in(app);

const pem = readFileSync(join(process.env.FOLDER, 'localhost.pem'), 'utf8');
const server = createServer({ key: pem, cert: pem }, app);
await new Promise(done => server.listen(0, '127.0.0.1', done));
process.stdout.write(`ready https://localhost:${server.address().port}\n`);
process.stdin.on('end', () => process.exit()).resume();
