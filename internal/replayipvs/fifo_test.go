// SPDX-License-Identifier: Apache-2.0

package replayipvs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"vipward/internal/lab"
)

// fifos reads what comes out of a configuration's lvs_notify_fifo.
type fifos struct {
	mu   sync.Mutex // guards text
	text strings.Builder
}

var fifoLine = regexp.MustCompile(`lvs_notify_fifo /tmp/t/(\S+)`)

// openFIFOs makes the FIFO and reads it until the case ends, unless a script does.
func openFIFOs(t lab.TB, dir, config string) *fifos {
	t.Helper()
	f := &fifos{}
	m := fifoLine.FindStringSubmatch(config)
	if m == nil || strings.Contains(config, "fifo_script") {
		return f
	}
	path := filepath.Join(dir, m[1])
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatalf("make %s: %v", path, err)
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatalf("open %s: %v", path, err)
	}
	var g errgroup.Group
	g.Go(func() error {
		buf := make([]byte, 4096)
		for {
			n, err := file.Read(buf)
			if err != nil {
				return nil // closed
			}
			f.mu.Lock()
			f.text.Write(buf[:n])
			f.mu.Unlock()
		}
	})
	t.Cleanup(func() {
		_ = file.SetReadDeadline(time.Now())
		_ = file.Close()
		_ = g.Wait() // the reader has no error
	})
	return f
}

func (f *fifos) records() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return Records(f.text.String())
}
