// The pictures of the README: `e2e/run --screenshots`.

import { CREDENTIALS, api, launch, logIn, startDemo } from "./support.mjs";

const OTHERS = [
  {
    label: "Kitchen tablet",
    ip: "198.51.100.23",
    earlier: 1510,
    agent:
      "Mozilla/5.0 (iPad; CPU OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
  },
];
const SHOTS = [
  { name: "demo-desk-light", viewport: { width: 1280, height: 860 }, colorScheme: "light", fullPage: true },
  { name: "demo-desk-dark", viewport: { width: 1280, height: 860 }, colorScheme: "dark", fullPage: true },
  { name: "demo-phone", viewport: { width: 390, height: 1180 }, colorScheme: "light", fullPage: false },
];

const browser = await launch();
for (const { name, fullPage, ...settings } of SHOTS) {
  const demo = await startDemo("--trusted-proxy");
  for (const { label, ip, agent } of OTHERS) {
    await api(demo.url, "POST", "/login", {
      body: { ...CREDENTIALS, label },
      headers: { "user-agent": agent, "x-forwarded-for": ip },
    });
  }
  const context = await browser.newContext({
    ...settings,
    locale: "en-GB",
    timezoneId: "Europe/Berlin",
    extraHTTPHeaders: { "x-forwarded-for": "203.0.113.7" },
  });
  const page = await context.newPage();
  // The other sessions are shown as opened a while ago.
  await page.route("**/api/sessions", async route => {
    const response = await route.fetch();
    const json = await response.json();
    for (const session of json.sessions ?? []) {
      const earlier = OTHERS.find(({ label }) => label === session.label)?.earlier ?? 0;
      for (const time of ["created", "refreshed", "expires"]) session[time] -= earlier;
    }
    await route.fulfill({ response, json });
  });
  await page.goto(demo.url);
  await logIn(page, "Work laptop");
  await page.getByRole("button", { name: "Refresh token" }).click();
  await page.getByRole("button", { name: "The one before", disabled: false }).click();
  await page.locator("#answer .status").getByText("401 refused").waitFor();
  await page.evaluate(() => {
    document.activeElement.blur();
    document.getElementById("toast").hidden = true;
    scrollTo(0, 0);
  });
  await page.screenshot({ path: `../docs/images/${name}.png`, fullPage });
  await context.close();
  await demo.stop();
}
await browser.close();
