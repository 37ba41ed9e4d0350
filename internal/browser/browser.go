// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"vipward/internal/lab"
)

// limit is for what takes a second on a quiet machine; the first start takes longest.
const limit = time.Minute

// Browser is a running Chromium.
type Browser struct {
	pipe *pipe

	mu    sync.Mutex // guards what follows
	pages map[string]*Page
}

// options make a Chromium that shows nothing on a screen and asks nobody on the Internet.
var options = []string{
	"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
	"--disable-component-update", "--disable-sync", "--disable-extensions", "--disable-default-apps", "--hide-scrollbars", "--mute-audio",
	"--force-color-profile=srgb", "--remote-debugging-pipe",
}

// Start starts Chromium on a host of the lab. The cleanup of the test ends it.
func Start(t lab.TB, h *lab.Host) *Browser {
	t.Helper()
	program, err := exec.LookPath("chromium")
	must(t, "find chromium (Debian package chromium)", err)
	dir := scratch(t)
	fromUs, toIt, err := os.Pipe()
	must(t, "make a pipe", err)
	fromIt, toUs, err := os.Pipe()
	must(t, "make a pipe", err)
	b := &Browser{pages: map[string]*Page{}}
	b.pipe = newPipe(toIt, b.event)
	cmd := exec.Command(program, append(options, "--user-data-dir="+dir, "about:blank")...)
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+dir, "XDG_CACHE_HOME="+dir, "TZ=UTC", "LANG=C.UTF-8")
	cmd.ExtraFiles = []*os.File{fromUs, toUs} // 3 and 4
	h.StartCmd(cmd)
	must(t, "close our copies", errors.Join(fromUs.Close(), toUs.Close()))
	var g errgroup.Group
	g.Go(func() error { return b.pipe.read(fromIt) })
	t.Cleanup(func() { // before that of StartCmd, which ends it if it does not do so by itself
		_, _ = b.pipe.send("", "Browser.close", nil)
		_ = toIt.Close()
		timer := time.AfterFunc(limit, func() { _ = fromIt.Close() })
		must(t, "listen to the browser", g.Wait())
		timer.Stop()
		_ = fromIt.Close()
	})
	return b
}

// scratch is a folder for the browser, which may write to it while it ends.
func scratch(t lab.TB) string {
	dir, err := os.MkdirTemp("", "vipward-browser-*")
	must(t, "make a folder", err)
	t.Cleanup(func() {
		lab.Wait(t, limit, "remove the browser's folder", func() error { return os.RemoveAll(dir) })
	})
	return dir
}

func must(t lab.TB, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// event gives an event to the page that it is of.
func (b *Browser) event(session, method string, params json.RawMessage) {
	b.mu.Lock()
	p := b.pages[session]
	b.mu.Unlock()
	if p != nil {
		p.event(method, params)
	}
}
