// A demo on a free port, and a browser.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

/** Starts a demo; `stop` ends it and gives its exit code. */
export async function startDemo(...args) {
  const child = spawn(process.env.DEMO, ["--port", "0", ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  let url;
  for await (const line of createInterface({ input: child.stdout })) {
    url = /^listening on (\S+)$/.exec(line)?.[1];
    break;
  }
  if (!url) throw new Error("the demo did not start");
  child.stdout.resume();
  const stop = async () => {
    child.kill("SIGTERM");
    return (await exited)[0];
  };
  return { url, stop };
}

/** A headless Chromium with a profile of its own, which calls nobody. */
export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM,
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });

/** The API, as another device calls it. */
export async function api(url, method, path, { token, body, headers = {} } = {}) {
  if (token) headers.authorization = `Bearer ${token}`;
  const response = await fetch(url + path, { method, headers, body: body && JSON.stringify(body) });
  return { status: response.status, json: await response.json() };
}

export const CREDENTIALS = { username: "admin", password: "secret" };

/** Logs in on the page, and gives the token, which the page itself shows nobody. */
export async function logIn(page, label = "") {
  await page.getByRole("textbox", { name: "Password" }).fill(CREDENTIALS.password);
  await page.getByRole("textbox", { name: "Name of this session" }).fill(label);
  const response = page.waitForResponse("**/login");
  await page.getByRole("button", { name: "Log in" }).click();
  const { token } = await (await response).json();
  await page.locator(".card").first().waitFor();
  return token;
}

/** Opens another session on the page, up to the answer. */
export async function openAnother(page, label = "") {
  await page.getByRole("button", { name: "Open another session" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Password" }).fill(CREDENTIALS.password);
  await dialog.getByRole("textbox", { name: "Name of the session" }).fill(label);
  const response = page.waitForResponse("**/login");
  await dialog.getByRole("button", { name: "Log in" }).click();
  return response;
}
