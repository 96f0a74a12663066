// Read by local-slack (a program of Bun's) before its own code: see bot/demo/local_slack.py.
//
// It keeps local-slack, which would listen on every address, on the loopback interface;
// lets no other site's page talk to it; ends it with the process that started it; and
// teaches its page what it cannot draw (richtext.js). What cannot be done is an error
// that ends the program: a page that is half ours is never served.

const { readFileSync } = require("node:fs");
const { join } = require("node:path");

const RICHTEXT = readFileSync(join(__dirname, "richtext.js"), "utf8");
const STYLE = readFileSync(join(__dirname, "richtext.css"), "utf8");

// Each stands in the page of version 0.1.8 exactly once.
const CHANGES = [
  // An unknown kind of block: try ours before it says only what kind it is.
  [
    'default:return f.jsxs("div",{className:"bk-unknown"',
    'default:return window.richText.draw(f,l,Vo,Ho)??f.jsxs("div",{className:"bk-unknown"',
  ],
  // What one person alone may see, it would show to everybody.
  [
    "D=c&&!se?l.messages[c]??[]:[]",
    "D=(c&&!se?l.messages[c]??[]:[]).filter(w=>window.richText.mayRead(w,m))",
  ],
  [
    "W.user!==m&&w.push({message:W,channelId:G})",
    "W.user!==m&&window.richText.mayRead(W,m)&&w.push({message:W,channelId:G})",
  ],
  // The same for direct messages.
  [
    "f.jsx(w6,{workspace:l.workspace,channels:l.channels,",
    "f.jsx(w6,{workspace:l.workspace,channels:l.channels.filter(P=>window.richText.belongs(P,m)),",
  ],
  [
    "for(const W of l.channels){const G=l.messages[W.id]??[];if(W.id===c)",
    "for(const W of l.channels.filter(P=>window.richText.belongs(P,m))){const G=l.messages[W.id]??[];if(W.id===c)",
  ],
  ["— try /echo hi", "— try /registry help"],
  ["<title>local-slack</title>", `<title>local-slack</title><style>${STYLE}</style><script>${RICHTEXT}</script>`],
];

function changed(page) {
  for (const [before, after] of CHANGES) {
    const pieces = page.split(before);
    if (pieces.length !== 2) {
      throw new Error(`the page of local-slack is not the one we know: ${before}`);
    }
    page = pieces.join(after);
  }
  return page;
}

function ours(request, port) {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  const origin = request.headers.get("origin");
  return (
    hosts.includes(request.headers.get("host")) &&
    (origin === null || hosts.includes(origin.replace(/^http:\/\//, "")))
  );
}

const serve = Bun.serve;
let served = "";
Bun.serve = (options) =>
  serve({
    ...options,
    hostname: "127.0.0.1",
    async fetch(request, server) {
      if (!ours(request, server.port)) {
        return new Response("not for you\n", { status: 403 });
      }
      const answer = await options.fetch(request, server);
      if (!answer?.headers.get("content-type")?.startsWith("text/html")) return answer;
      try {
        served ||= changed(await answer.text());
      } catch (error) {
        console.error(String(error));
        process.exit(3);
      }
      return new Response(served, { headers: { "content-type": "text/html;charset=utf-8" } });
    },
  });

// The other end of this pipe is held by the bot: however it ends, so do we.
process.stdin.on("end", () => process.exit(0));
process.stdin.resume();

console.log("loopback only");
