() => {
    const rgb = (text) => { const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number); return [r, g, b, a]; };
    const linear = (v) => v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4;
    const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    const behind = (e) => {
        for (; e; e = e.parentElement) {
            const colour = rgb(getComputedStyle(e).backgroundColor);
            if (colour[3] === 1) return colour;
            if (colour[3] !== 0) throw new Error("a background that is half transparent");
        }
        return [255, 255, 255, 1];
    };
    const ratio = (a, b) => {
        const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
        return (x + 0.05) / (y + 0.05);
    };
    const seen = new Map();
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        const e = walk.currentNode.parentElement;
        if (!walk.currentNode.data.trim() || !e.checkVisibility() || e.matches("script, style, title, desc")) continue;
        const style = getComputedStyle(e), svg = e instanceof SVGElement;
        const found = ratio(rgb(svg ? style.fill : style.color), behind(e));
        const key = `${e.tagName}.${e.getAttribute("class") || ""}`;
        if (!(seen.get(key) <= found)) seen.set(key, found);
    }
    for (const e of document.querySelectorAll("circle.dot, path.control, path.limit, path.interval")) {
        const style = getComputedStyle(e), colour = style.stroke === "none" ? style.fill : style.stroke;
        const track = getComputedStyle(document.querySelector(".inside")).fill;
        const key = `mark ${e.getAttribute("class")}`;
        const found = 1.5 * ratio(rgb(colour), rgb(track));  // 3 is enough for a mark
        if (!(seen.get(key) <= found)) seen.set(key, found);
    }
    return [...seen];
}
