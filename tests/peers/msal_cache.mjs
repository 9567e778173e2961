// MSAL Node on a cache file; the arguments and answers of msal_cache.py. The CA is in NODE_EXTRA_CA_CERTS.
import { readFileSync, writeFileSync, existsSync } from 'node:fs';
import { PublicClientApplication } from '@azure/msal-node';

const [path, authority, clientId, way, name] = process.argv.slice(2);
const app = new PublicClientApplication({
    auth: {
        clientId,
        authority,
        knownAuthorities: [new URL(authority).host],
    },
});
const cache = app.getTokenCache();
if (existsSync(path)) cache.deserialize(readFileSync(path, 'utf8'));
const scopes = ['User.Read'];
const answer = {};
try {
    let result;
    if (way === 'silent') {
        const account = (await cache.getAllAccounts()).find((one) => one.username === name);
        if (!account) throw new Error('no account');
        result = await app.acquireTokenSilent({ account, scopes });
    } else {
        const deviceCodeCallback = (code) => console.log('code', code.userCode);
        result = await app.acquireTokenByDeviceCode({ scopes, deviceCodeCallback });
    }
    answer.source = result.fromCache ? 'cache' : 'identity_provider';
} catch (error) {
    answer.error = error.errorCode ?? error.message;
}
writeFileSync(path, cache.serialize());
answer.names = (await cache.getAllAccounts()).map((one) => one.username);
console.log(JSON.stringify(answer));
