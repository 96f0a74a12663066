// Draws what local-slack's page cannot: rich text and tables, as Slack does.
//
// Every piece of text becomes a React child, which is text and nothing else: a name from
// a registry can no more become markup here than in Slack.
window.richText = (() => {
  const DATES = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
  const TIMES = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
  const AGES = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  const UNITS = [["year", 31536000], ["month", 2592000], ["week", 604800],
    ["day", 86400], ["hour", 3600], ["minute", 60]];

  function ago(timestamp) {
    const seconds = timestamp - Date.now() / 1000;
    for (const [unit, length] of UNITS) {
      if (Math.abs(seconds) >= length) return AGES.format(Math.trunc(seconds / length), unit);
    }
    return "just now";
  }

  function moment(element) {
    const at = new Date(element.timestamp * 1000);
    return element.format.replace(/\{(\w+)\}/g, (whole, name) => {
      if (name === "ago") return ago(element.timestamp);
      if (name.startsWith("date")) return DATES.format(at);
      return name.startsWith("time") ? TIMES.format(at) : whole;
    });
  }

  function draw(f, block, people, channels) {
    const tag = (name, className, children, key) => f.jsx(name, { className, children }, key);

    function inline(element, key) {
      const style = element.style ?? {};
      const classes = Object.keys(style).filter((name) => style[name] === true);
      const className = classes.map((name) => `rt-${name}`).join(" ");
      switch (element.type) {
        case "text":
          return tag(style.code ? "code" : "span", className, element.text, key);
        case "user":
          return tag("span", "mention", `@${people.get(element.user_id) ?? element.user_id}`, key);
        case "usergroup":
          return tag("span", "mention", `@${element.usergroup_id}`, key);
        case "channel":
          return tag("span", "mention", `#${channels.get(element.channel_id) ?? element.channel_id}`, key);
        case "broadcast":
          return tag("span", "mention", `@${element.range}`, key);
        case "date":
          return f.jsx("time", { title: element.fallback, children: moment(element) }, key);
        case "emoji":
          return tag("span", className, element.unicode
            ? String.fromCodePoint(...element.unicode.split("-").map((code) => parseInt(code, 16)))
            : `:${element.name}:`, key);
        case "link":
          return tag("span", className, element.text ?? element.url, key);
        default:
          return tag("span", "bk-unknown", `[${element.type}]`, key);
      }
    }

    const inlines = (element) => (element.elements ?? []).map(inline);

    function part(element, key) {
      switch (element.type) {
        case "rich_text_section":
          return tag("div", "rt-section", inlines(element), key);
        case "rich_text_list":
          return tag(
            element.style === "ordered" ? "ol" : "ul",
            `rt-list rt-indent-${element.indent ?? 0}`,
            element.elements.map((item, place) => tag("li", "", inlines(item), place)),
            key,
          );
        case "rich_text_preformatted":
          return tag("pre", "rt-pre", inlines(element), key);
        case "rich_text_quote":
          return tag("blockquote", "mrkdwn-quote", inlines(element), key);
        default:
          return tag("div", "bk-unknown", `[${element.type}]`, key);
      }
    }

    const rich = (block) => tag("div", "rt", block.elements.map(part));

    function cell(content, settings, head, key) {
      const children = content.type === "rich_text" ? rich(content) : String(content.text ?? content.value ?? "");
      return tag(head ? "th" : "td", settings?.align === "right" ? "rt-right" : "", children, key);
    }

    function table(block) {
      const columns = block.column_settings ?? [];
      const rows = block.rows.map((row, line) =>
        f.jsx("tr", { children: row.map((content, place) => cell(content, columns[place], line === 0, place)) }, line));
      return tag("table", "rt-table", f.jsx("tbody", { children: rows }));
    }

    switch (block.type) {
      case "rich_text":
        return rich(block);
      case "table":
        return table(block);
      default:
        return null;
    }
  }

  function mayRead(message, person) {
    return message.subtype !== "ephemeral" || message.ephemeral_to === person;
  }

  function belongs(channel, person) {
    return !channel.is_im || channel.members.includes(person);
  }

  return { draw, mayRead, belongs };
})();
