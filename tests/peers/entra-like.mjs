// npm oidc-provider, dressed as Entra's v2 sign-in service, for tests on loopback.
//
//   FOLDER   certificates: localhost.pem (key and certificate of this server), app.pem (the app's certificate)
//   TENANT   the tenant's GUID; SECRET: the secret of the first app
//   PORT     0 = a free one; DEVICE_INTERVAL, ACCESS_TTL: seconds
//
// Prints "ready <address>" and ends when its standard input closes.
import { createServer } from 'node:https';
import { createHash, generateKeyPairSync, randomUUID, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Provider, { interactionPolicy } from 'oidc-provider';

const { FOLDER, TENANT, SECRET } = process.env;
const port = Number(process.env.PORT ?? 0), interval = Number(process.env.DEVICE_INTERVAL ?? 1);
const graph = 'https://graph.microsoft.com', permissions = ['User.Read', 'Directory.Read.All'];
const oidc = ['openid', 'profile', 'email', 'offline_access'];
const read = name => readFileSync(join(FOLDER, name), 'utf8');

const server = createServer({ key: read('localhost.pem'), cert: read('localhost.pem') });
await new Promise(done => server.listen(port, '127.0.0.1', done));
const origin = `https://localhost:${server.address().port}`;

const publicJwk = pem => ({ ...new X509Certificate(pem).publicKey.export({ format: 'jwk' }), use: 'sig' });
const signing = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
const app = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };
const person = id => ({ accountId: id, claims: () => ({ sub: id, oid: oid(id), tid: TENANT, name: id, preferred_username: `${id}@contoso.test` }) });
const oid = id => createHash('sha256').update(id).digest('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, '$1-$2-$3-$4-$5');

const provider = new Provider(`${origin}/${TENANT}/v2.0`, {
  jwks: { keys: [{ ...signing, use: 'sig', alg: 'RS256' }] },
  clients: [
    { ...app, client_id: 'aaaaaaaa-0000-0000-0000-000000000001', client_secret: SECRET, token_endpoint_auth_method: 'client_secret_post' },
    { ...app, client_id: 'aaaaaaaa-0000-0000-0000-000000000002', token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [publicJwk(read('app.pem'))] } },
    {
      client_id: '14d82eec-204b-4c2f-b7e8-296a70dab67e', token_endpoint_auth_method: 'none', application_type: 'native', response_types: ['code'],
      redirect_uris: ['http://localhost', 'http://localhost/', 'http://127.0.0.1'], id_token_signed_response_alg: 'RS256',
      grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
    },
  ],
  routes: {
    authorization: '/oauth2/v2.0/authorize', token: '/oauth2/v2.0/token', device_authorization: '/oauth2/v2.0/devicecode',
    code_verification: '/oauth2/deviceauth', jwks: '/discovery/v2.0/keys',
  },
  features: {
    devInteractions: { enabled: true }, deviceFlow: { enabled: true }, clientCredentials: { enabled: true }, userinfo: { enabled: false },
    resourceIndicators: {
      enabled: true, useGrantedResource: () => true,
      // Entra has no "resource": what a scope begins with is the resource.
      defaultResource: ctx => (ctx.oidc.params?.scope ?? '').split(' ').some(s => s && !oidc.includes(s)) ? graph : undefined,
      getResourceServerInfo: () => ({ scope: [...permissions, ...permissions.map(p => `${graph}/${p}`), '.default', `${graph}/.default`].join(' '), audience: graph, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } }, accessTokenTTL: Number(process.env.ACCESS_TTL ?? 3600) }),
    },
  },
  scopes: [...oidc], conformIdTokenClaims: false, rotateRefreshToken: true, pkce: { required: () => true },
  claims: { openid: ['sub', 'oid', 'tid', 'name', 'preferred_username'] },
  clientDefaults: { id_token_signed_response_alg: 'RS256' },
  issueRefreshToken: async (ctx, client) => client.grantTypeAllowed('refresh_token'),
  findAccount: (ctx, id) => person(id),
  extraTokenClaims: (ctx, token) => token.accountId
    ? { tid: TENANT, oid: oid(token.accountId), appid: token.clientId, scp: permissions[0], idtyp: 'user', upn: `${token.accountId}@contoso.test`, ver: '1.0' }
    : { tid: TENANT, oid: oid(token.clientId), appid: token.clientId, roles: permissions, idtyp: 'app', app_displayname: 'Other', ver: '1.0' },
  // Consent is given by itself: what is tested is the sign-in.
  loadExistingGrant: async ctx => {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope(oidc.join(' '));
    grant.addResourceScope(graph, [...permissions, ...permissions.map(p => `${graph}/${p}`)].join(' '));
    await grant.save();
    return grant;
  },
  interactions: { policy: policyWithoutNativeConsent() },
  ttl: { DeviceCode: 900, RefreshToken: 86400, AccessToken: 3600, IdToken: 3600, Session: 3600, Interaction: 3600, Grant: 86400 },
});

function policyWithoutNativeConsent() {
  const policy = interactionPolicy.base();
  policy.get('consent').checks.remove('native_client_prompt');
  return policy;
}

// Entra's error body, by OAuth error.
const codes = { invalid_client: 7000215, unauthorized_client: 700016, invalid_grant: 70000, authorization_pending: 70016, expired_token: 70019, access_denied: 65004, invalid_scope: 70011 };
function dress(body, form) {
  if (body.error) {
    if (body.error === 'access_denied' && form.get('device_code')) body.error = 'authorization_declined';
    const code = codes[body.error] ?? 90014, id = randomUUID();
    return { ...body, error_description: `AADSTS${code}: ${body.error_description ?? body.error} Trace ID: ${id} Correlation ID: ${id} Timestamp: now`, error_codes: [code], trace_id: id, correlation_id: id, timestamp: new Date().toISOString() };
  }
  if (body.device_code) {
    delete body.verification_uri_complete;
    return { ...body, interval, message: `To sign in, use a web browser to open the page ${body.verification_uri} and enter the code ${body.user_code} to authenticate.` };
  }
  if (body.access_token) {
    const sub = body.id_token && JSON.parse(Buffer.from(body.id_token.split('.')[1], 'base64url')).sub;
    if (sub) body.client_info = Buffer.from(JSON.stringify({ uid: oid(sub), utid: TENANT })).toString('base64url');
    return { ...body, ext_expires_in: body.expires_in };
  }
  return body;
}

const handle = provider.callback();
server.on('request', async (request, response) => {
  const url = new URL(request.url, origin), [, tenant, ...rest] = url.pathname.split('/');
  const known = [TENANT, 'common', 'organizations', 'contoso.test'].includes(tenant);
  if (!known && rest.length && rest[0] === 'oauth2') {
    response.writeHead(400, { 'content-type': 'application/json' });
    return response.end(JSON.stringify({ error: 'invalid_request', error_description: `AADSTS90002: Tenant '${tenant}' not found.`, error_codes: [90002] }));
  }
  if (known) {
    // The library builds its own addresses from the part before the route.
    request.originalUrl = request.url;
    request.url = `/${rest.join('/')}${mapped(url)}`.replace('/v2.0/.well-known', '/.well-known');
    request.baseUrl = `/${tenant}`;
  }
  const posted = request.method === 'POST' && /\/(token|devicecode)$/.test(url.pathname);
  if (!posted) return handle(request, response);
  const form = new URLSearchParams(await text(request));
  if (form.get('grant_type') === 'device_code') form.set('grant_type', 'urn:ietf:params:oauth:grant-type:device_code');
  // The library gives a refresh token by its own rule and refuses the scope here; "claims" means something else to it.
  if (form.get('grant_type') === 'refresh_token') form.set('scope', form.get('scope').split(' ').filter(s => s !== 'offline_access').join(' '));
  form.delete('claims');
  request.body = Object.fromEntries(form);
  catchJson(response, body => dress(body, form));
  handle(request, response);
});

function mapped(url) {
  const query = new URLSearchParams(url.search);
  if (query.get('prompt') === 'select_account') query.set('prompt', 'login');
  query.delete('claims');
  const rest = query.toString();
  return rest ? `?${rest}` : '';
}

async function text(request) {
  let all = '';
  for await (const piece of request) all += piece;
  return all;
}

function catchJson(response, change) {
  const end = response.end.bind(response);
  response.end = (piece, ...more) => {
    try {
      piece = JSON.stringify(change(JSON.parse(piece.toString())));
      response.setHeader('content-length', Buffer.byteLength(piece));
    } catch { /* not JSON: as it is */ }
    return end(piece, ...more);
  };
}

process.stdin.on('end', () => process.exit(0)).resume();
console.log(`ready ${origin}`);
