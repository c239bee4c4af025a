// Optional: what mail clients do not support of a letter, by caniemail's tables. node mail_clients.mjs LETTER.html DIRECTORY-OF-MODULES
// Needs npm's @jsx-email/doiuse-email there; mail_clients.sh installs it. Whatever is unsupported and is not
// listed here with a reason ends it with 1.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const accepted = {
  "@media": "adds cards on phones and dark colours; without it the table and the light page stay",
  "Type selector": "the style elements only add: without them the plain page has every word",
  "Class selector": "likewise",
  "Descendant combinator": "likewise",
  "lang attribute": "helps screen readers where it is kept",
  "<body> element": "becomes a div; the background is on the outer table as well",
  "role attribute": "helps screen readers where it is kept",
  "width attribute": "the table then takes the width that it needs",
  "white-space": "cells say nowrap as an attribute too",
  "display:none": "the labels of figures are seen beside them: said twice, and nothing is lost",
};

const [, , letter, modules] = process.argv;
const resolve = createRequire(`${modules}/`).resolve;
const { doIUseEmail } = await import(pathToFileURL(resolve("@jsx-email/doiuse-email")));
const unsupported = new Map();
for (const error of doIUseEmail(readFileSync(letter, "utf8"), { emailClients: ["*"] }).errors ?? []) {
  const [, feature, client] = error.match(/^`(.*)` is not supported by `(.*)`$/) ?? [, error, ""];
  unsupported.set(feature, (unsupported.get(feature) ?? new Set()).add(client));
}
let failed = false;
for (const [feature, clients] of unsupported) {
  failed ||= !(feature in accepted);
  console.log(`${feature in accepted ? "accepted" : "NEW     "} ${feature}: ${[...clients].join(" ")}\n         ${accepted[feature] ?? "no reason is given"}`);
}
process.exit(failed ? 1 : 0);
