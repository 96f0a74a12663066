// Draws messages as Slack does: node draw.mjs MESSAGES.json PAGE.html
//
// MESSAGES.json: {"at": "2026-11-24T09:30:00+00:00",  the time on the clock there
//                 "people": {"UALICE": "alice"}, "channels": {"C0": "approvals"},
//                 "messages": [{"caption": "...", "blocks": [...]}]}
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

const [, , input, output] = process.argv;
const { at, people, channels, messages } = JSON.parse(readFileSync(input, "utf8"));

// "3 days ago" is counted from this moment, whenever it is drawn.
const now = Date.parse(at);
globalThis.Date = class extends Date {
  constructor(...given) {
    super(...(given.length ? given : [now]));
  }
  static now() {
    return now;
  }
};

const { createElement } = require("react");
const { renderToStaticMarkup } = require("react-dom/server");
const { Message } = require("slack-blocks-to-jsx");

const css = readFileSync(require.resolve("slack-blocks-to-jsx/dist/style.css"), "utf8");

const logo =
  "data:image/svg+xml," +
  encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 36 36">' +
      '<rect width="36" height="36" rx="6" fill="#26547c"/>' +
      '<g fill="#fff"><rect x="8" y="8" width="20" height="5" rx="1"/>' +
      '<rect x="8" y="15.5" width="20" height="5" rx="1"/>' +
      '<rect x="8" y="23" width="20" height="5" rx="1"/></g></svg>',
  );
const named = (names) => Object.entries(names).map(([id, name]) => ({ id, name }));
const escape = (text) => text.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`);

const page = messages.map(
  ({ caption, blocks }) =>
    (caption ? `<p class="caption">${escape(caption)}</p>` : "") +
    renderToStaticMarkup(
      createElement(Message, {
        blocks,
        logo,
        name: "registry-bot",
        time: new Date(),
        theme: "light",
        data: { users: named(people), channels: named(channels), user_groups: [] },
      }),
    ),
);

writeFileSync(
  output,
  `<!doctype html><meta charset="utf-8"><style>${css}
  body { margin: 16px; width: 728px; background: #fff; font-family: Lato, sans-serif }
  .caption { margin: 12px 0 8px; font: 13px Lato, sans-serif; color: #616061 }
  </style>${page.join("")}`,
);
