// Runs in the reader's browser, with its types stripped: the stepper, the two switches, the copy buttons. Without it the page is
// complete, only longer: every hop is shown.
{
  const root = document.documentElement;
  const all = <E extends Element = HTMLElement>(selector: string, within: ParentNode = document): E[] => [
    ...within.querySelectorAll<E>(selector),
  ];
  const one = <E extends Element = HTMLElement>(selector: string, within: ParentNode = document): E | undefined =>
    within.querySelector<E>(selector) ?? undefined;
  const reveal = (selector: string): void => all(selector).forEach((element) => (element.hidden = false));

  root.classList.add("js");
  reveal("[data-switches], [data-controls], [data-keys]");

  // Language and theme.
  if (root.dataset["language"] === undefined && /^zh\b/i.test(navigator.language)) root.lang = "zh-CN";
  /** What has one text at a time: labels that are read aloud, and the title of the page. */
  const relabel = (): void => {
    const key = `data-text-${root.lang.toLowerCase()}`;
    for (const element of all(`[aria-label][${key}]`))
      element.setAttribute("aria-label", element.getAttribute(key) ?? "");
    document.title = one("title")?.getAttribute(key) ?? document.title;
  };
  relabel();
  one("[data-language-switch]")?.addEventListener("click", () => {
    root.lang = root.lang === "en" ? "zh-CN" : "en";
    relabel();
    show();
  });
  const dark = matchMedia("(prefers-color-scheme: dark)");
  one("[data-theme-switch]")?.addEventListener("click", () => {
    const now = root.dataset["theme"] ?? (dark.matches ? "dark" : "light");
    root.dataset["theme"] = now === "dark" ? "light" : "dark";
  });

  // The packet.
  const picture = one("[data-picture]");
  const trips = all("section.trip");
  let journey = trips[0]?.dataset["journey"];
  let hop = 0;

  const textOf = (element: Element | undefined): string =>
    all(`[lang="${root.lang}"]`, element)
      .map((part) => part.textContent)
      .join(" ");

  function show(): void {
    const trip = trips.find((section) => section.dataset["journey"] === journey);
    if (picture === undefined || trip === undefined) return;
    const rows = all("tr[data-hop]", trip);
    const row = rows[hop];
    for (const section of trips) section.hidden = section !== trip;
    for (const button of all("[data-choose]"))
      button.setAttribute("aria-pressed", String(button.dataset["choose"] === journey));
    for (const other of all("tr[data-hop]")) {
      other.classList.toggle("current", other === row);
      if (other === row) one("a", other)?.setAttribute("aria-current", "step");
      else one("a", other)?.removeAttribute("aria-current");
    }
    for (const article of all("article.hop"))
      article.hidden = article.closest("section") !== trip || article.dataset["hop"] !== String(hop);
    for (const group of all<SVGElement>("g.journey")) {
      group.classList.toggle("chosen", group.dataset["journey"] === journey);
      for (const leg of all<SVGElement>(".leg", group))
        leg.classList.toggle("current", leg.dataset["hop"] === String(hop));
    }
    for (const stop of all<SVGElement>("g.stop")) stop.classList.toggle("here", stop.id === row?.dataset["stop"]);
    for (const entry of all<SVGElement>("text[id^='entry-']"))
      entry.classList.toggle("used", entry.id === row?.dataset["entry"]);
    movePacket(row);
    const article = one(`article.hop[data-hop="${hop}"]`, trip);
    const title = textOf(one("h4", article));
    const count = one("[data-count]");
    if (count) count.textContent = `${hop + 1} / ${rows.length}`;
    const now = one("[data-title]");
    if (now) now.textContent = title;
    const live = one("[data-live]");
    if (live)
      live.textContent = [
        `${hop + 1} / ${rows.length}: ${title}`,
        textOf(one(".where", article)),
        textOf(one(".why", article)),
      ].join(root.lang === "en" ? ". " : "。");
    for (const button of all<HTMLButtonElement>("[data-step]")) {
      // Not `disabled`: the button would lose the focus under the reader's finger.
      const end = button.dataset["step"] === "1" ? rows.length - 1 : 0;
      button.setAttribute("aria-disabled", String(hop === end));
    }
  }

  function movePacket(row: HTMLElement | undefined): void {
    const group = one<SVGElement>("g.journey.chosen");
    const way = group && one<SVGPathElement>(".way", group);
    const packet = group && one<SVGElement>(".packet", group);
    const distance = row?.dataset["distance"];
    if (way === undefined || packet === undefined || distance === undefined) return;
    packet.classList.toggle("wrapped", row?.dataset["wrapped"] !== undefined);
    packet.style.offsetPath = `path("${way.getAttribute("d") ?? ""}")`;
    packet.style.offsetDistance = `${distance}px`;
    // On a narrow screen the picture is wider than its frame: the packet stays in it.
    const frame = one("[data-scroll]");
    const svg = group?.ownerSVGElement;
    if (!frame || !svg || frame.scrollWidth <= frame.clientWidth) return;
    const x = way.getPointAtLength(Number(distance)).x * (svg.clientWidth / svg.viewBox.baseVal.width);
    frame.scrollTo({
      left: x - frame.clientWidth / 2,
      behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth",
    });
  }

  function go(to: number): void {
    const trip = trips.find((section) => section.dataset["journey"] === journey);
    const last = all("tr[data-hop]", trip).length - 1;
    hop = Math.max(0, Math.min(last, to));
    show();
  }

  /** Where the picture hangs over the screen's lower edge although there is room above it: what a step changes would be out of sight. */
  function raisePicture(): void {
    const [box, controls] = [one("[data-scroll]")?.getBoundingClientRect(), one("[data-controls]")];
    if (box && controls && box.bottom > innerHeight && box.top > controls.offsetHeight + 9) showPicture();
  }

  for (const button of all("[data-step]")) {
    button.addEventListener("click", () => {
      go(hop + Number(button.dataset["step"]));
      raisePicture();
    });
  }
  for (const button of all("[data-choose]")) {
    button.addEventListener("click", () => {
      journey = button.dataset["choose"];
      go(0);
    });
  }
  for (const row of all("tr[data-hop]")) {
    row.addEventListener("click", (event) => {
      event.preventDefault();
      one("a", row)?.focus({ preventScroll: true });
      go(Number(row.dataset["hop"]));
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || !picture) return;
    const target = event.target instanceof Element ? event.target : document.body;
    // Keys that belong to what is focused stay its own: raw outputs scroll with them, and so does a picture wider than its frame.
    const scrolled = target.closest("pre, summary, .scroll");
    if (scrolled && !(scrolled.matches("[data-scroll]") && scrolled.scrollWidth <= scrolled.clientWidth)) return;
    const ends = picture.contains(target) || (target === document.body && inSight(one("[data-scroll]")));
    const move = { ArrowRight: hop + 1, ArrowLeft: hop - 1, ...(ends && { Home: 0, End: Infinity }) }[event.key];
    if (move === undefined) return;
    event.preventDefault();
    go(move);
    if (target === document.body || picture.contains(target)) raisePicture();
    // The focus goes along, where it is on a hop.
    if (target.closest("tr[data-hop]")) one("tr.current a")?.focus({ preventScroll: true });
  });

  /** Under the buttons, which stay at the screen's upper edge; their own place is not where they are. */
  function showPicture(): void {
    const [frame, controls] = [one("[data-scroll]"), one("[data-controls]")];
    if (frame && controls)
      scrollTo({ top: frame.getBoundingClientRect().top + scrollY - controls.offsetHeight - 8, behavior: "instant" });
  }

  function inSight(element: Element | undefined): boolean {
    const box = element?.getBoundingClientRect();
    return box !== undefined && box.bottom > 0 && box.top < innerHeight;
  }

  // Where something is wider than its frame, the edge says on which side there is more.
  for (const frame of all(".scroll")) {
    const look = (): void => {
      const rest = frame.scrollWidth - frame.clientWidth - frame.scrollLeft;
      frame.dataset["more"] = [frame.scrollLeft > 1 && "left", rest > 1 && "right"].filter(Boolean).join(" ");
    };
    frame.addEventListener("scroll", look, { passive: true });
    new ResizeObserver(look).observe(frame);
  }

  // A link to a claim opens it, and what it is folded into; one to a step shows it, with the picture.
  function open(): void {
    const target =
      location.hash.length > 1 ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
    if (target?.matches("article.hop")) {
      journey = target.closest("section")?.dataset["journey"];
      go(Number(target.dataset["hop"]));
      showPicture();
      one("tr.current a", target.closest("section") ?? document)?.focus({ preventScroll: true });
      return;
    }
    for (let element: Element | null = target; element; element = element.parentElement) {
      if (element instanceof HTMLDetailsElement) element.open = true;
    }
    target?.scrollIntoView();
  }
  addEventListener("hashchange", open);
  // The same link once more changes nothing in the address.
  addEventListener("click", (event) => {
    const { target } = event;
    const link = target instanceof Element ? target.closest<HTMLAnchorElement>("a[href^='#claim-'], .back a") : null;
    if (link?.hash !== location.hash) return;
    event.preventDefault();
    open();
  });

  // Copying.
  for (const place of all(".copyable")) {
    const text = one("code", place)?.textContent;
    if (!text) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    const name = (en: string, zh: string): void => {
      button.replaceChildren(
        ...(
          [
            ["en", en],
            ["zh-CN", zh],
          ] as const
        ).map(([lang, word]) => Object.assign(document.createElement("span"), { lang, textContent: word })),
      );
    };
    name("Copy", "复制");
    button.addEventListener("click", () => {
      void navigator.clipboard.writeText(text).then(() => {
        name("Copied", "已复制");
        setTimeout(() => name("Copy", "复制"), 1500);
      });
    });
    place.append(button);
  }

  // On paper every hop is shown.
  addEventListener("beforeprint", () =>
    all("section.trip, article.hop").forEach((element) => (element.hidden = false)),
  );
  addEventListener("afterprint", show);

  show();
  open();
}
