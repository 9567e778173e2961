#!/usr/bin/env node
// A person with a real browser, for tests: the variable BROWSER names this program, which gets the address to open.
// PERSON_ACTION: accept (default), cancel, decline, close (opens the page and goes away), twice (a second tab signs in),
// slow (waits two seconds). PERSON_CODE: the code of a device that is to be entered first. PERSON_LOGIN, PERSON_PASSWORD: who. PERSON_LOG: a file that is told how it ended.
import { appendFileSync } from 'node:fs';
import { chromium } from 'playwright-core';

const { PERSON_ACTION: action = 'accept', PERSON_LOGIN: login, PERSON_PASSWORD: password, PERSON_LOG: log, PERSON_CODE: code } = process.env;
const address = process.argv.at(-1);
const home = new URL(address).searchParams.get('redirect_uri') ?? 'no redirect';

const tell = (text) => log && appendFileSync(log, `${text}\n`);
const isThere = async (page, selector) => (await page.locator(selector).count()) > 0;

// The next thing that a person does on this page; false where there is nothing left to do.
async function step(page) {
  if (page.url().startsWith(home)) return false;
  if (code && (await isThere(page, 'input[name=user_code]:visible'))) {
    await page.fill('input[name=user_code]:visible', code);
    return page.press('input[name=user_code]:visible', 'Enter');
  }
  if (action === 'cancel' && (await isThere(page, '#cancel, a[href$="/abort"]'))) return page.click('#cancel, a[href$="/abort"]');
  if (await isThere(page, 'input[name=password]')) {
    await page.fill('input[name=login]', login);
    await page.fill('input[name=password]', password);
    return page.click('#next, button[type=submit]');
  }
  if (await isThere(page, '#accept')) return page.click(action === 'decline' ? '#cancel' : '#accept');
  if (code && (await isThere(page, 'button[autofocus]'))) return page.click('button[autofocus]');
  if (await isThere(page, 'a[href$="/abort"]')) return page.click(action === 'decline' ? 'a[href$="/abort"]' : 'button[type=submit]');
  return false;
}

let browser;
try {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  let page = await context.newPage();
  await page.goto(address);
  if (action === 'slow') await page.waitForTimeout(2000);
  if (action === 'twice') {
    page = await context.newPage();
    await page.goto(address);
  }
  if (action !== 'close') {
    for (let steps = 0; steps < 8; steps += 1) {
      if ((await step(page)) === false) break;
      await page.waitForLoadState('load');
      // Forms that hand over by script go on by themselves.
      await page.waitForFunction(() => document.title !== 'Working…' && document.title !== 'Submitting Callback', null, { timeout: 10000 }).catch(() => {});
    }
  }
  tell(action === 'close' ? 'closed' : `${await page.locator('h1').first().innerText()} | ${page.url().startsWith(home) ? 'came back' : 'stayed'}`);
} catch (error) {
  tell(`failed: ${error.message}`);
  process.exitCode = 1;
} finally {
  await browser?.close();
}
