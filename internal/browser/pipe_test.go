// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"
)

// TestPipe: answers come to who asked, in whatever order, events to who listens, and the
// browser's end ends everything.
func TestPipe(t *testing.T) {
	t.Parallel()
	fromUs, toIt := io.Pipe()
	fromIt, toUs := io.Pipe()
	var events []string
	p := newPipe(toIt, func(session, method string, params json.RawMessage) {
		events = append(events, fmt.Sprint(session, " ", method, " ", string(params)))
	})
	var g errgroup.Group
	g.Go(func() error { return p.read(fromIt) })
	g.Go(func() error { // the browser: it answers two commands, the later one first, and ends
		in := bufio.NewReader(fromUs)
		for range 2 {
			if _, err := in.ReadBytes(0); err != nil {
				return err
			}
		}
		_, err := io.WriteString(toUs, `{"method":"Page.ready","sessionId":"S","params":{"a":1}}`+"\x00"+
			`{"id":2,"error":{"message":"no such thing"}}`+"\x00"+`{"id":1,"result":{"value":7}}`+"\x00")
		if err != nil {
			return err
		}
		if _, err := in.ReadBytes(0); err != nil {
			return err
		}
		return toUs.Close()
	})
	var out struct{ Value int }
	first, err := p.send("S", "One", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.call(t.Context(), "S", "Two", map[string]any{"x": "y"}, nil); err == nil || !strings.Contains(err.Error(), "Two: no such thing") {
		t.Errorf("the second: %v", err)
	}
	if m := <-first; json.Unmarshal(m.Result, &out) != nil || out.Value != 7 {
		t.Errorf("the first: %s", m.Result)
	}
	if err := p.call(t.Context(), "", "Three", nil, nil); err == nil || !strings.Contains(err.Error(), "Three: the browser ended") {
		t.Errorf("after the end: %v", err)
	}
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
	if len(events) != 1 || events[0] != `S Page.ready {"a":1}` {
		t.Errorf("events %q", events)
	}
}

// TestPipePatience: who waits too long hears so.
func TestPipePatience(t *testing.T) {
	t.Parallel()
	p := newPipe(io.Discard, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.call(ctx, "", "Slow", nil, nil); err == nil || !strings.Contains(err.Error(), "Slow: context canceled") {
		t.Errorf("%v", err)
	}
}
