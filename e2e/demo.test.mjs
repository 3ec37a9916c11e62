import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { CREDENTIALS, api, launch, logIn, openAnother, startDemo } from "./support.mjs";

// Chromium itself writes every answer of these to the console. They are what the page asked to see.
const REFUSED = /^Failed to load resource: the server responded with a status of (401|429) /;

describe("the page", { timeout: 300_000 }, () => {
  let browser, demo, context, page, faults;

  before(async () => {
    browser = await launch();
  });
  after(() => browser.close());

  beforeEach(async () => {
    demo = await startDemo();
    faults = [];
    await open({});
  });

  afterEach(async () => {
    await context.close();
    assert.equal(await demo.stop(), 0, "the demo stops by itself when it is asked to");
    assert.deepEqual(faults, [], "no error, no violated policy, no request to anyone else");
  });

  async function open(settings) {
    await context?.close();
    context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...settings });
    context.setDefaultTimeout(20_000);
    await context.exposeFunction("tellViolation", text => faults.push(text));
    await context.addInitScript(() =>
      addEventListener("securitypolicyviolation", event =>
        tellViolation(`policy: ${event.violatedDirective} ${event.blockedURI}`),
      ),
    );
    context.on("request", request => {
      if (!request.url().startsWith(demo.url + "/") && !request.url().startsWith("data:"))
        faults.push(`request: ${request.url()}`);
    });
    page = await context.newPage();
    page.on("pageerror", error => faults.push(`error: ${error}`));
    page.on("console", message => {
      if (["error", "warning"].includes(message.type()) && !REFUSED.test(message.text()))
        faults.push(`console: ${message.text()}`);
    });
    await page.goto(demo.url);
  }

  const cards = () => page.locator(".card");
  const countIs = text => page.getByText(text, { exact: true }).waitFor();
  const welcome = () => page.getByRole("heading", { name: "Three places" }).waitFor();

  test("three sessions are opened, and the fourth is refused with their number", async () => {
    await logIn(page, "Work laptop");
    await countIs("1 of 3 in use");
    assert.equal((await openAnother(page, "Kitchen tablet")).status(), 200);
    await countIs("2 of 3 in use");
    assert.equal((await openAnother(page)).status(), 200);
    await countIs("3 of 3 in use: no place is free");
    assert.deepEqual(await cards().locator("h3").allTextContents(), [
      "Work laptop",
      "Kitchen tablet",
      "Chrome on Linux",
    ]);
    assert.equal(await page.locator(".badge:visible").count(), 1);
    assert.equal(await cards().first().locator(".badge").isVisible(), true);
    assert.equal(await cards().first().locator(".ip").textContent(), "127.0.0.1");

    const refused = await openAnother(page);
    assert.equal(refused.status(), 429);
    assert.deepEqual(await refused.json(), { error: "Too many active sessions", active_sessions: 3 });
    await page.getByRole("alert").filter({ hasText: "Refused (429): 3 of 3 sessions are active." }).waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    assert.equal(await cards().count(), 3);
    const meter = page.getByRole("meter", { name: "Sessions in use" });
    assert.deepEqual(
      [await meter.getAttribute("aria-valuenow"), await meter.getAttribute("aria-valuemax")],
      ["3", "3"],
    );
  });

  test("a wrong password is refused in words", async () => {
    await page.getByRole("textbox", { name: "Password" }).fill("guess");
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("alert").filter({ hasText: "Refused (401): user name or password is wrong." }).waitFor();
  });

  test("ending one session ends that one, and its token is refused at once", async () => {
    const mine = await logIn(page, "Work laptop");
    const other = await (await openAnother(page, "Kitchen tablet")).json();
    await countIs("2 of 3 in use");
    await page.getByRole("button", { name: "End session: Kitchen tablet" }).click();
    await countIs("1 of 3 in use");
    assert.deepEqual(await cards().locator("h3").allTextContents(), ["Work laptop"]);
    assert.equal((await api(demo.url, "GET", "/api/profile", { token: other.token })).status, 401);
    assert.equal((await api(demo.url, "GET", "/api/profile", { token: mine })).status, 200);
    await page.getByRole("button", { name: "End this session" }).click();
    await welcome();
    assert.equal((await api(demo.url, "GET", "/api/profile", { token: mine })).status, 401);
  });

  test("a refresh gives a new token, and the old and a forged one are refused", async () => {
    await logIn(page);
    const shown = () => page.locator("#encoded").textContent();
    const old = await shown();
    assert.equal(await page.getByRole("button", { name: "The one before" }).isDisabled(), true);
    await page.getByRole("button", { name: "Refresh token" }).click();
    await page.getByText("A new token. The one before is refused from now on.").waitFor();
    assert.notEqual(await shown(), old);
    assert.match(await shown(), /^[\w-]+\.[\w-]+\.[\w-]+$/);
    await countIs("1 of 3 in use");
    for (const [name, status] of [
      ["As it is", "200 accepted"],
      ["With another role", "401 refused"],
      ["The one before", "401 refused"],
    ]) {
      await page.getByRole("button", { name }).click();
      await page.locator("#answer .status").getByText(status).waitFor();
    }
    assert.match(await page.locator("#answer .challenge").textContent(), /Bearer realm="api", error="invalid_token"/);
    assert.equal((await api(demo.url, "POST", "/refresh", { token: old })).status, 401);
  });

  test("the token's parts are told apart, decoded, and its times explained", async () => {
    await logIn(page);
    const colours = await page
      .locator("#encoded span:not(.dot)")
      .evaluateAll(parts => parts.map(part => getComputedStyle(part).color));
    assert.equal(new Set(colours).size, 3);
    assert.deepEqual(JSON.parse(await page.locator("#header").textContent()), {
      alg: "HS256",
      typ: "JWT",
      kid: "default",
    });
    const payload = JSON.parse(await page.locator("#payload").textContent());
    assert.deepEqual(
      [payload.iss, payload.sub, payload.aud, payload.exp - payload.iat, payload.data],
      ["demo-app", "admin", ["api"], 3600, { role: "admin" }],
    );
    assert.deepEqual(await page.locator("#times dt").allTextContents(), ["iat", "nbf", "exp"]);
    assert.match(await page.locator("#times").textContent(), /expires .*in (59:\d\d|1:00:00)/);
  });

  test("what is left of a session counts down", async () => {
    await logIn(page);
    const left = () =>
      page
        .locator(".card .left b")
        .textContent()
        .then(text => text.split(":").reduce((sum, part) => sum * 60 + Number(part), 0));
    const first = await left();
    assert.ok(first > 3500 && first <= 3600, `${first}`);
    let last = first;
    for (let falls = 0; falls < 2;) {
      const now = await left();
      assert.ok(now <= last, "never up");
      if (now < last) falls++;
      last = now;
    }
  });

  test("ending all ends this one too, and logging out ends it", async () => {
    const mine = await logIn(page);
    const { token } = await (await openAnother(page)).json();
    await countIs("2 of 3 in use");
    await page.getByRole("button", { name: "End all sessions" }).click();
    await welcome();
    for (const ended of [mine, token])
      assert.equal((await api(demo.url, "GET", "/api/profile", { token: ended })).status, 401);
    assert.equal(await page.locator("#encoded").textContent(), "..");

    const next = await logIn(page);
    await page.getByRole("button", { name: "Log out" }).click();
    await welcome();
    assert.equal((await api(demo.url, "GET", "/api/profile", { token: next })).status, 401);
  });

  test("a session that was ended elsewhere brings the page back to the login", async () => {
    const mine = await logIn(page);
    await api(demo.url, "DELETE", "/api/sessions", { token: mine });
    await welcome();
    await page.getByRole("status").filter({ hasText: "This session has ended." }).waitFor();
  });

  test("the token is in the page's memory alone, and leaving the page gives its place back", async () => {
    await logIn(page);
    const kept = () =>
      page.evaluate(async () => [
        localStorage.length,
        sessionStorage.length,
        document.cookie,
        (await indexedDB.databases()).length,
        ((await caches?.keys()) ?? []).length,
        location.href,
      ]);
    assert.deepEqual(await kept(), [0, 0, "", 0, 0, demo.url + "/"]);
    assert.deepEqual(await context.cookies(), []);
    await page.reload();
    await welcome();
    const {
      json: { token },
    } = await api(demo.url, "POST", "/login", { body: CREDENTIALS });
    // The browser sends the farewell on its own time.
    for (;;) {
      const { json } = await api(demo.url, "GET", "/api/sessions", { token });
      if (json.active_sessions === 1) break;
    }
  });

  test("hostile names stay text", async () => {
    const markup = "<img src=x onerror=alert(1)><b>&amp;";
    await api(demo.url, "POST", "/login", {
      body: { ...CREDENTIALS, label: markup },
      headers: { "user-agent": markup },
    });
    await logIn(page);
    assert.deepEqual(await cards().first().locator("h3, .device").allTextContents(), [markup, "<img"]);
    assert.equal(await page.locator("main img, main b b").count(), 0);
  });

  test("the policy refuses a script put in, and markup made of text", async () => {
    const policy = (await fetch(demo.url)).headers.get("content-security-policy");
    assert.match(
      policy,
      /^default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'; connect-src 'self';/,
    );
    assert.doesNotMatch(policy, /unsafe|\*/);
    await page.evaluate(() => {
      const script = document.createElement("script");
      try {
        script.textContent = "window.ran = true";
      } catch {
        script.append("window.ran = true");
      }
      document.body.append(script);
    });
    assert.equal(await page.evaluate(() => window.ran), undefined);
    assert.equal(
      await page.evaluate(() => {
        try {
          document.body.innerHTML = "<p>";
        } catch (error) {
          return error.name;
        }
      }),
      "TypeError",
    );
    // They are told of one after the other, on the browser's own time.
    while (faults.length < 2) await page.evaluate(() => new Promise(requestAnimationFrame));
    await context.close();
    faults.length = 0;
  });

  test("the keyboard alone is enough, and where it is can be seen", async () => {
    const walkTo = async name => {
      for (let steps = 0; steps < 40; steps++) {
        await page.keyboard.press("Tab");
        const at = await page.evaluate(() => {
          const element = document.activeElement,
            style = getComputedStyle(element);
          return {
            name: element.getAttribute("aria-label") ?? element.labels?.[0]?.textContent ?? element.textContent,
            ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
            body: element === document.body,
          };
        });
        if (at.body) continue;
        assert.ok(at.ring, `a ring around “${at.name}”`);
        if (at.name.startsWith(name)) return;
      }
      assert.fail(`“${name}” was not reached`);
    };
    await walkTo("Skip to the content");
    await walkTo("Password");
    await page.keyboard.type("secret");
    await page.keyboard.press("Enter");
    await countIs("1 of 3 in use");

    await walkTo("Open another session");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    assert.equal(await page.evaluate(() => document.activeElement.id), "open", "the focus is where it was");
    await page.keyboard.press("Enter");
    await page.keyboard.type("secret");
    await walkTo("Name of the session");
    await page.keyboard.type("Phone");
    await page.keyboard.press("Enter");
    await countIs("2 of 3 in use");

    await walkTo("End session: Phone");
    await page.keyboard.press("Space");
    await countIs("1 of 3 in use");
    assert.equal(await page.evaluate(() => document.activeElement.id), "sessions-title");
    await walkTo("Refresh token");
    await page.keyboard.press("Enter");
    await walkTo("The one before");
    await page.keyboard.press("Enter");
    await page.locator("#answer .status").getByText("401 refused").waitFor();
    // Round from the end to the start.
    await walkTo("Log out");
    await page.keyboard.press("Enter");
    await welcome();
  });

  test("nothing is wider than the window, on phones and desks, with the longest names", async () => {
    const fits = async where => {
      for (const width of [320, 360, 390, 768, 1024, 1280, 1920]) {
        await page.setViewportSize({ width, height: 844 });
        const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
        assert.ok(content <= window, `${where} at ${width}: ${content}`);
      }
    };
    await fits("login");
    const body = { ...CREDENTIALS, label: "W".repeat(64) };
    await api(demo.url, "POST", "/login", { body, headers: { "user-agent": "U".repeat(256) } });
    await logIn(page);
    await page.getByRole("button", { name: "With another role" }).click();
    await page.locator("#answer").waitFor();
    await fits("sessions");
    await page.getByRole("button", { name: "Open another session" }).click();
    await fits("dialog");
  });

  for (const colorScheme of ["light", "dark"]) {
    test(`every text has a contrast of 4.5 or more: ${colorScheme}`, async () => {
      await open({ colorScheme, reducedMotion: "reduce" });
      const check = async where => {
        const { seen, poor, dark } = await page.evaluate(measure);
        assert.ok(seen >= 8, `${where}: ${seen} texts`);
        assert.deepEqual(poor, [], where);
        assert.equal(dark, colorScheme === "dark");
      };
      await page.getByRole("textbox", { name: "Password" }).fill("guess");
      await page.getByRole("button", { name: "Log in" }).click();
      await page.getByRole("alert").filter({ hasText: "Refused" }).waitFor();
      await check("login");
      await logIn(page);
      await openAnother(page);
      await countIs("2 of 3 in use");
      for (const name of ["With another role", "As it is"]) {
        await page.getByRole("button", { name }).click();
        await page
          .locator("#answer .status")
          .getByText(name === "As it is" ? "accepted" : "refused")
          .waitFor();
        await check(name);
      }
      assert.equal(
        await page
          .locator(".track i")
          .first()
          .evaluate(bar => getComputedStyle(bar).transitionDuration),
        "0s",
      );
      await page.getByRole("button", { name: "Open another session" }).click();
      await check("dialog");
    });
  }
});

/** In the page: the texts that can be seen, and those that are hard to read (WCAG 2.2, 1.4.3). */
function measure() {
  const channels = colour => colour.match(/[\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map(c => c / 255).map(c => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = channels(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
      if (colour[3] !== 0) throw new Error("half transparent");
    }
    return [255, 255, 255];
  };
  const modal = document.querySelector("dialog[open]");
  const walker = document.createTreeWalker(modal ?? document.body, NodeFilter.SHOW_TEXT);
  const poor = [];
  let seen = 0;
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const element = text.parentElement;
    if (!text.data.trim() || !element.checkVisibility() || element.closest("script, style, template, noscript"))
      continue;
    seen++;
    const [a, b] = [channels(getComputedStyle(element).color), behind(element)].map(luminance).sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    if (contrast < 4.5) poor.push(`${text.data.trim()}: ${contrast.toFixed(2)}`);
  }
  return { seen, poor, dark: luminance(behind(document.body)) < 0.2 };
}
