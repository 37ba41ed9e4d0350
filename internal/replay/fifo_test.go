// SPDX-License-Identifier: Apache-2.0

package replay

import (
	"bytes"
	"os"
	"sync"
	"syscall"
	"time"

	"vipward/internal/lab"
)

// fifoReader reads lines from a FIFO as they come.
type fifoReader struct {
	mu   sync.Mutex // guards text
	text []byte
}

// openFIFO makes the FIFO and reads from it until the test ends.
func openFIFO(t lab.TB, path string, wanted bool) *fifoReader {
	t.Helper()
	r := &fifoReader{}
	if !wanted {
		return r
	}
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatalf("make %s: %v", path, err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatalf("open %s: %v", path, err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 4096)
		for {
			n, err := f.Read(buf)
			if err != nil {
				return
			}
			r.mu.Lock()
			r.text = append(r.text, buf[:n]...)
			r.mu.Unlock()
		}
	}()
	t.Cleanup(func() {
		_ = f.SetReadDeadline(time.Now())
		_ = f.Close()
		<-done
	})
	return r
}

// take gives the whole lines since the last call.
func (r *fifoReader) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []string
	for {
		line, rest, ok := bytes.Cut(r.text, []byte("\n"))
		if !ok {
			return out
		}
		out = append(out, string(line))
		r.text = rest
	}
}
