() => {
    const wrong = [], all = (s) => [...document.querySelectorAll(s)];
    const said = (e) => (e.getAttribute("aria-labelledby") || "").split(" ").filter(Boolean)
        .map(id => document.getElementById(id)?.textContent || "").join(" ");
    const name = (e) => (e.getAttribute("aria-label") || said(e) || e.labels?.[0]?.textContent || "").trim();
    const start = (e) => e.outerHTML.slice(0, 80);
    if (!document.documentElement.lang) wrong.push("no lang");
    if (!document.title.trim()) wrong.push("no title");
    if (all("h1").length !== 1) wrong.push("not one h1");
    if (all("main").length !== 1) wrong.push("not one main");
    let level = 0;
    for (const h of all("h1, h2, h3, h4, h5, h6")) {
        const next = Number(h.tagName[1]);
        if (next > level + 1) wrong.push(`h${next} after h${level}: ${h.textContent}`);
        if (!h.textContent.trim()) wrong.push(`empty ${h.tagName}`);
        level = next;
    }
    for (const th of all("th")) {
        if (!["col", "row", "rowgroup"].includes(th.scope)) wrong.push(`th without scope: ${th.textContent}`);
        if (!th.textContent.trim()) wrong.push("empty th");
    }
    for (const table of all("table")) if (!table.tHead) wrong.push("table without head");
    for (const e of all("button, a, summary"))
        if (!(e.textContent.trim() || name(e))) wrong.push(`no name: ${start(e)}`);
    for (const e of all("input, select, textarea")) if (!name(e)) wrong.push(`no label: ${start(e)}`);
    for (const e of all("[role=group], [role=region], section")) if (!name(e)) wrong.push(`no name: ${start(e)}`);
    for (const svg of all("svg")) {
        const title = svg.querySelector(":scope > title")?.textContent.trim();
        if (svg.getAttribute("role") !== "img" || !title || !name(svg)) wrong.push(`svg without title: ${start(svg)}`);
    }
    for (const a of all("a")) if (!document.getElementById(a.hash.slice(1))) wrong.push(`goes nowhere: ${a.outerHTML}`);
    const ids = all("[id]").map(e => e.id);
    for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) wrong.push(`id twice: ${id}`);
    for (const e of all("[aria-labelledby]")) for (const id of e.getAttribute("aria-labelledby").split(" "))
        if (!document.getElementById(id)) wrong.push(`labelled by nothing: ${id}`);
    for (const badge of all(".badge")) if (!/[a-z]{5}/.test(badge.textContent)) wrong.push("a verdict told by colour");
    return wrong;
}
