// SPDX-License-Identifier: Apache-2.0

package views

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/internal/browser"
	"vipward/internal/lab"
)

// pictures makes the tests write the pictures that the documentation shows.
var pictures = flag.Bool("pictures", false, "write docs/pictures anew")

const folder = "../../docs/pictures"

// largest is the size of a picture that a repository can bear.
const largest = 200 << 10

// TestPage looks at the status page in a browser: of a pair that runs, and of states that
// no pair would get into.
func TestPage(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	b := browser.Start(t, p.admin)
	v := &viewer{t: t, host: p.admin, browser: b}
	t.Run("pair", func(t *testing.T) {
		t.Parallel()
		t.Run("socket", func(t *testing.T) { socket(v.of(t), p) })
		t.Run("live", func(t *testing.T) { live(v.of(t), p) })
	})
	for name, scene := range map[string]func(*viewer){
		"night": nightScene, "hostile": hostile, "crowd": crowded, "policy": policy, "colors": colors, "keys": keys, "silence": silence,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			scene(v.of(t))
		})
	}
}

// viewer is who looks.
type viewer struct {
	t       *testing.T
	host    *lab.Host
	browser *browser.Browser
}

func (v *viewer) of(t *testing.T) *viewer { return &viewer{t, v.host, v.browser} }

// open opens a page. At its end nothing may have been wrong with it.
func (v *viewer) open(url string, width, height int) *browser.Page {
	v.t.Helper()
	p := v.browser.Open(v.t, width, height)
	v.t.Cleanup(func() {
		if c := p.Complaints(); len(c) > 0 {
			v.t.Errorf("%s: the browser complains: %s", url, strings.Join(c, "\n"))
		}
		p.Close()
	})
	p.Go(url)
	return p
}

// keep writes a picture, if that is asked for. It must be small in any case.
func (v *viewer) keep(name string, picture []byte) {
	v.t.Helper()
	if len(picture) > largest {
		v.t.Errorf("%s has %d bytes", name, len(picture))
	}
	if *pictures {
		must(v.t, os.MkdirAll(folder, 0o755))
		must(v.t, os.WriteFile(filepath.Join(folder, name), picture, 0o644))
	}
}

// fits says whether a page needs no scrolling to the side.
func fits(t *testing.T, p *browser.Page, what string) {
	t.Helper()
	var wide []string
	p.Eval(`(() => {
		const w = document.documentElement.clientWidth;
		if (document.documentElement.scrollWidth <= w) return [];
		return [...document.querySelectorAll("*")].filter(e => e.getBoundingClientRect().right > w + 1)
			.slice(0, 5).map(e => e.tagName + "." + e.className + " " + Math.round(e.getBoundingClientRect().right));
	})()`, &wide)
	if len(wide) > 0 {
		t.Errorf("%s is wider than the window: %q", what, wide)
	}
}

// nightScene: what is wrong stands first, with since when and why; the pictures are of it.
func nightScene(v *viewer) {
	n := newNight()
	s := newScene(v.t, v.host, nil, n.events())
	s.remember(n)
	p := v.open(s.url, 1280, 800)
	p.Until(`document.querySelectorAll("#events li").length === 9 && document.querySelectorAll(".servers tbody tr").length === 15`)
	want := []string{
		"192.0.2.101:25 tcp|DOWN|2 of 2 down: 10.20.1.5:25, 10.20.1.6:25 SMTP_CHECK: Timeout connecting",
		"192.0.2.100:443 tcp|1 of 4 down|10.20.0.13:443 HTTP_GET: Connection refused",
		"192.0.2.100:80 tcp|1 of 4 held|by an operator: 10.20.0.14:80 drain",
	}
	var got []string
	p.Eval(`[...document.querySelectorAll(".wrong li")].map(li => [".name", ".word", ".why"].map(s => li.querySelector(s).textContent).join("|"))`, &got)
	if diff := cmp.Diff(want, got); diff != "" {
		v.t.Errorf("what is wrong (-want +got):\n%s", diff)
	}
	if text := p.Text("#verdict"); text != "2 things are wrong" {
		v.t.Errorf("verdict: %q", text)
	}
	var lasts string
	p.Eval(`document.querySelectorAll(".wrong time")[1].textContent`, &lasts)
	if !strings.HasPrefix(lasts, "3m") {
		v.t.Errorf("down since %q, want 3m12s and what the test took", lasts)
	}
	p.Until(`[...document.querySelectorAll(".service .rate .value")].every(e => /\d/.test(e.textContent))`)
	for _, colors := range []string{"dark", "light"} {
		p.Prefer(colors)
		p.Resize(1280, 960)
		v.keep("page-"+colors+".png", p.Picture())
	}
	p.Resize(2560, 1440)
	p.Until(`innerWidth === 2560`)
	fits(v.t, p, "a large window")
	p.Resize(375, 812)
	p.Until(`innerWidth === 375`)
	fits(v.t, p, "a phone")
	v.keep("page-phone.png", p.Picture())
}

// hostile: whatever the texts are, they are texts.
func hostile(v *viewer) {
	texts := []string{
		`<script>window.hacked=1</script>`, `"><img src=x onerror=window.hacked=1>`, "' onfocus=alert(1) autofocus='", "\u202egnp.exe", "line\nbreak\x00\x1b[31m",
		`</title><svg onload=alert(1)>`, "javascript:alert(1)", strings.Repeat("W", 300), "\u2066ab\u2069\u200f\u200b",
	}
	n := newNight()
	l := n.look
	l.Host, l.Version, l.Config = texts[0], texts[1], texts[0]
	l.Problems = texts
	base := l.VRRP.Instances[0]
	l.VRRP.Instances, l.Checker.Virtuals = nil, nil
	var events []event
	for i, text := range texts {
		vi := base
		vi.Name, vi.Group, vi.Interface, vi.State, vi.Faults = text, text, text, "FAULT", texts
		l.VRRP.Instances = append(l.VRRP.Instances, vi)
		vs := n.service("192.0.2.1:80", text, text, "HTTP_GET", 1, 1, 1, "10.0.0.1:80")
		vs.Name, vs.Service = text, text
		down(&vs.Reals[0], text, n.start)
		vs.Reals[0].Checks[0].Kind = text
		l.Checker.Virtuals = append(l.Checker.Virtuals, vs)
		events = append(events, event{i + 1, n.start, text, text})
	}
	p := v.open(newScene(v.t, v.host, l, events).url, 1280, 900)
	count := len(texts)
	p.Until(fmt.Sprintf(`document.querySelectorAll("#events li").length === %d && document.querySelectorAll(".servers tbody tr").length === %d`, count, count))
	var found struct {
		Hacked   bool
		Elements int
		Handlers int
		Names    []string
		Title    string
	}
	p.Eval(`({
		hacked: "hacked" in window,
		elements: document.querySelectorAll("script:not([src]), img, iframe, object, embed, a:not(.skip), svg:not(.spark)").length,
		handlers: [...document.querySelectorAll("*")].filter(e => [...e.attributes].some(a => a.name.startsWith("on") || a.name === "style" || a.name === "autofocus")).length,
		names: [...document.querySelectorAll("#instances td.name bdi:first-child")].map(e => e.textContent),
		title: document.title,
	})`, &found)
	if found.Hacked || found.Elements > 0 || found.Handlers > 0 || !strings.Contains(found.Title, "<script>") {
		v.t.Errorf("the texts did something: %+v", found)
	}
	want := append([]string(nil), texts...)
	want[3], want[4], want[8] = "⟨U+202E⟩gnp.exe", "line⟨U+000A⟩break⟨U+0000⟩⟨U+001B⟩[31m", "⟨U+2066⟩ab⟨U+2069⟩⟨U+200F⟩⟨U+200B⟩"
	if diff := cmp.Diff(want, found.Names); diff != "" {
		v.t.Errorf("names (-want +got):\n%s", diff)
	}
	fits(v.t, p, "a page of long names")
	p.Resize(375, 812)
	p.Until(`innerWidth === 375`)
	fits(v.t, p, "a phone with long names")
}

// crowded: of 20,000 servers a browser draws a few hundred, and finds the others.
func crowded(v *viewer) {
	p := v.open(newScene(v.t, v.host, crowd(2000, 10), nil).url, 1280, 900)
	p.Until(`document.querySelectorAll(".service").length === 200`)
	var n int
	if p.Eval(`document.querySelectorAll("*").length`, &n); n > 8000 {
		v.t.Errorf("%d elements", n)
	}
	if first := p.Text(".service .title"); first != "172.16.7.243:80 tcp" {
		v.t.Errorf("the first one is %s, want the one that is wrong", first)
	}
	if text := p.Text("#services > .more"); !strings.Contains(text, "1800 more") {
		v.t.Errorf("the rest: %q", text)
	}
	p.Eval(`document.querySelector("#only").click()`, nil)
	p.Until(`document.querySelectorAll(".service").length === 1`)
	p.Eval(`document.querySelector("#only").click()`, nil)
	p.Eval(`(f => { f.value = "10.105.17.4:80"; f.dispatchEvent(new Event("input")); })(document.querySelector("#find"))`, nil)
	p.Until(`document.querySelectorAll(".service").length === 1 && document.querySelectorAll(".servers tbody tr").length === 1`)
	if name := p.Text(".servers td.name"); !strings.Contains(name, "10.105.17.4:80") {
		v.t.Errorf("found %q", name)
	}
	p.Eval(`document.querySelector(".wrong button.name").click()`, nil) // it goes to the server, whatever the filter says
	p.Until(`[...document.querySelectorAll(".servers td.why")].some(e => e.textContent.includes("No route to host"))`)
	p.Resize(375, 812)
	p.Until(`innerWidth === 375`)
	fits(v.t, p, "a phone with many servers")
}

// policy: even a mistake in the page's own scripts could not run what a text says.
func policy(v *viewer) {
	p := v.browser.Open(v.t, 800, 600)
	defer p.Close()
	p.Go(newScene(v.t, v.host, newNight().look, nil).url)
	p.Until(`document.querySelectorAll(".service").length === 5`)
	for _, attack := range []string{
		`document.body.innerHTML = "<img src=x onerror='window.hacked=1'>"`,
		`document.body.insertAdjacentHTML("beforeend", "<svg onload='window.hacked=1'>")`,
		`(s => { s.textContent = "window.hacked=1"; document.body.append(s); })(document.createElement("script"))`,
		`document.body.setAttribute("onclick", "window.hacked=1"), document.body.click()`,
		`(s => { s.setAttribute("src", "data:text/javascript,window.hacked=1"); document.body.append(s); })(document.createElement("script"))`,
		`(i => { i.src = "http://192.0.2.9/x.png"; document.body.append(i); })(new Image())`,
	} {
		before := len(p.Complaints())
		p.Eval(`(() => { try { `+attack+` } catch (e) { console.warn(e.message) } })()`, nil)
		lab.Wait(v.t, 10*time.Second, attack, func() error {
			if len(p.Complaints()) == before {
				return fmt.Errorf("nothing stops it")
			}
			return nil
		})
	}
	var hacked bool
	if p.Eval(`"hacked" in window`, &hacked); hacked {
		v.t.Error("a text became a program")
	}
}

// colors: the system's choice is ours until the user makes one, which lasts.
func colors(v *viewer) {
	p := v.open("about:blank", 800, 600)
	p.Prefer("dark")
	p.Go(newScene(v.t, v.host, newNight().look, nil).url)
	const isDark = `parseInt(getComputedStyle(document.body).backgroundColor.match(/\d+/)[0]) < 60`
	p.Until(`document.querySelectorAll(".service").length === 5 && ` + isDark)
	p.Prefer("light")
	p.Until(`!(` + isDark + `)`)
	p.Eval(`document.querySelector("#theme").click()`, nil)
	p.Until(isDark + ` && document.querySelector("#theme").textContent === "dark"`)
	p.Eval(`void (window.old = true) ?? location.reload()`, nil)
	p.Until(`!window.old && ` + isDark + ` && document.querySelector("#theme").textContent === "dark"`)
	p.Eval(`document.querySelector("#theme").click()`, nil)
	p.Prefer("dark")
	p.Until(`!(` + isDark + `) && document.querySelector("#theme").textContent === "light"`)
	p.Eval(`localStorage.clear()`, nil)
}

// keys: everything can be reached without a mouse.
func keys(v *viewer) {
	p := v.open(newScene(v.t, v.host, newNight().look, nil).url, 1280, 900)
	p.Until(`document.querySelectorAll(".servers tbody tr").length === 15`)
	p.Key("/")
	p.Until(`document.activeElement.id === "find"`)
	for _, c := range ":443" {
		p.Key(string(c))
	}
	p.Until(`document.querySelectorAll(".service").length === 2`)
	p.Key("Tab")
	p.Until(`document.activeElement.className === "head" && document.activeElement.getAttribute("aria-expanded") === "true"`)
	p.Key("Enter")
	p.Until(`document.activeElement.getAttribute("aria-expanded") === "false" && document.querySelector(".servers").hidden`)
	p.Key("Enter")
	p.Until(`document.activeElement.getAttribute("aria-expanded") === "true" && !document.querySelector(".servers").hidden`)
	p.Key("/")
	p.Key("Escape")
	p.Until(`document.querySelectorAll(".service").length === 5`)
}

// silence: a daemon that does not answer is said to be so, and what is shown to be old.
func silence(v *viewer) {
	s := newScene(v.t, v.host, newNight().look, nil)
	p := v.browser.Open(v.t, 800, 600) // the browser itself complains of the answers
	defer p.Close()
	p.Go(s.url)
	p.Until(`document.querySelector("#live").textContent === "live"`)
	s.broken.Store(true)
	p.Until(`!document.querySelector("#stale").hidden && document.querySelector("#stale").textContent.includes("<b>supervisor</b>")`)
	if text := p.Text("#live"); text != "no answer" {
		v.t.Errorf("it says %q", text)
	}
	s.broken.Store(false)
	p.Until(`document.querySelector("#stale").hidden && document.querySelector("#live").textContent === "live"`)
}

// TestPictures: the pictures of the documentation are there, and small.
func TestPictures(t *testing.T) {
	t.Parallel()
	if *pictures {
		return // they are being made
	}
	for _, name := range []string{"page-light.png", "page-dark.png", "page-phone.png", "terminal-80.svg", "terminal-200.svg"} {
		st, err := os.Stat(filepath.Join(folder, name))
		if err != nil || st.Size() > largest {
			t.Errorf("%s: %v, %v", name, st, err)
		}
	}
}
