// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"vipward/internal/lab"
)

// Page is one open page.
type Page struct {
	t       lab.TB
	b       *Browser
	session string

	mu         sync.Mutex // guards what follows
	complaints []string
}

// call is a command to the page.
func (p *Page) call(method string, params, result any) {
	p.t.Helper()
	must(p.t, "browser", p.try(method, params, result))
}

func (p *Page) try(method string, params, result any) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.t.Context()), limit)
	defer cancel()
	return p.b.pipe.call(ctx, p.session, method, params, result)
}

type object = map[string]any

// Open opens an empty page of a size for a test.
func (b *Browser) Open(t lab.TB, width, height int) *Page {
	t.Helper()
	p := &Page{t: t, b: b}
	var target struct{ TargetID, SessionID string }
	p.call("Target.createTarget", object{"url": "about:blank"}, &target)
	id := target.TargetID
	p.call("Target.attachToTarget", object{"targetId": id, "flatten": true}, &target)
	p.session = target.SessionID
	b.mu.Lock()
	b.pages[p.session] = p
	b.mu.Unlock()
	for _, domain := range []string{"Page.enable", "Runtime.enable", "Log.enable"} {
		p.call(domain, nil, nil)
	}
	p.call("Emulation.setFocusEmulationEnabled", object{"enabled": true}, nil) // pages beside others are seen as well
	p.Resize(width, height)
	return p
}

// Go loads an address.
func (p *Page) Go(url string) {
	p.t.Helper()
	var out struct{ ErrorText string }
	p.call("Page.navigate", object{"url": url}, &out)
	if out.ErrorText != "" {
		p.t.Fatalf("open %s: %s", url, out.ErrorText)
	}
}

// Resize makes the window so many pixels of CSS large; a narrow one is a phone's.
func (p *Page) Resize(width, height int) {
	p.t.Helper()
	p.call("Emulation.setDeviceMetricsOverride", object{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}, nil)
}

// Prefer says which colors the user prefers, dark or light.
func (p *Page) Prefer(colors string) {
	p.t.Helper()
	p.call("Emulation.setEmulatedMedia", object{"features": []object{{"name": "prefers-color-scheme", "value": colors}}}, nil)
}

// Script runs before any script of the pages that are loaded from now on.
func (p *Page) Script(source string) {
	p.t.Helper()
	p.call("Page.addScriptToEvaluateOnNewDocument", object{"source": source}, nil)
}

// Key presses a key: a character, or a name such as "Tab".
func (p *Page) Key(key string) {
	p.t.Helper()
	down := object{"type": "keyDown", "key": key, "code": key}
	code := map[string]int{"Tab": 9, "Enter": 13, "Escape": 27}[key]
	switch {
	case key == "Enter":
		down["text"] = "\r"
	case code == 0:
		down["text"] = key
	}
	if code != 0 {
		down["windowsVirtualKeyCode"] = code
	}
	p.call("Input.dispatchKeyEvent", down, nil)
	p.call("Input.dispatchKeyEvent", object{"type": "keyUp", "key": key, "code": key, "windowsVirtualKeyCode": code}, nil)
}

// eval evaluates an expression of JavaScript.
func (p *Page) eval(expression string, result any) error {
	var out struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct {
			Text      string
			Exception struct{ Description string }
		}
	}
	err := p.try("Runtime.evaluate", object{"expression": expression, "returnByValue": true, "awaitPromise": true}, &out)
	switch {
	case err != nil:
		return err
	case out.ExceptionDetails != nil:
		return fmt.Errorf("%s: %s %s", expression, out.ExceptionDetails.Text, out.ExceptionDetails.Exception.Description)
	case result == nil:
		return nil
	}
	return json.Unmarshal(out.Result.Value, result)
}

// Eval evaluates an expression of JavaScript into result, which may be nil.
func (p *Page) Eval(expression string, result any) {
	p.t.Helper()
	must(p.t, "evaluate", p.eval(expression, result))
}

// Text gives the text that is shown of the first element that a selector finds.
func (p *Page) Text(selector string) string {
	p.t.Helper()
	var text string
	p.Eval(fmt.Sprintf("document.querySelector(%q)?.innerText ?? ''", selector), &text)
	return text
}

// Until waits until an expression is true; with what the page shows it fails otherwise.
func (p *Page) Until(expression string) {
	p.t.Helper()
	var yes bool
	lab.Wait(p.t, limit, expression, func() error {
		if err := p.eval("Boolean("+expression+")", &yes); err != nil {
			return err
		}
		if !yes {
			var text string
			_ = p.eval("document.body?.innerText ?? ''", &text) // it may be on its way to another page
			return fmt.Errorf("it is not; the page shows:\n%s\nit complains: %q", text, p.Complaints())
		}
		return nil
	})
}

// Picture is a PNG of the window, once what moves in it has come to rest.
func (p *Page) Picture() []byte {
	p.t.Helper()
	p.Eval("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))", nil)
	var out struct{ Data []byte }
	p.call("Page.captureScreenshot", object{"format": "png"}, &out)
	return out.Data
}

// Complaints are errors, warnings, refusals of the content policy and dialogs so far.
func (p *Page) Complaints() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.complaints)
}

// Forgive forgets complaints so far that have one of the texts in them.
func (p *Page) Forgive(texts ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.complaints = slices.DeleteFunc(p.complaints, func(c string) bool {
		return slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(c, text) })
	})
}

// Close closes the page.
func (p *Page) Close() {
	p.t.Helper()
	p.call("Page.close", nil, nil)
}

// event notes what a page complains of.
func (p *Page) event(method string, params json.RawMessage) {
	var v struct {
		Type             string
		Message          string
		Entry            struct{ Level, Text, URL string }
		Args             []struct{ Value any }
		ExceptionDetails struct {
			Text      string
			Exception struct{ Description string }
		}
	}
	if json.Unmarshal(params, &v) != nil {
		return
	}
	switch {
	case method == "Log.entryAdded" && (v.Entry.Level == "error" || v.Entry.Level == "warning"):
		p.complain(fmt.Sprintf("%s: %s (%s)", v.Entry.Level, v.Entry.Text, v.Entry.URL))
	case method == "Runtime.exceptionThrown":
		p.complain(v.ExceptionDetails.Text + " " + v.ExceptionDetails.Exception.Description)
	case method == "Runtime.consoleAPICalled":
		p.complain(fmt.Sprintf("console.%s: %v", v.Type, v.Args))
	case method == "Page.javascriptDialogOpening":
		p.complain("dialog: " + v.Message)
	}
}

func (p *Page) complain(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.complaints = append(p.complaints, time.Now().Format("15:04:05.000 ")+text)
}
