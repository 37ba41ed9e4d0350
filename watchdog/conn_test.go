// SPDX-License-Identifier: Apache-2.0

package watchdog

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// connPair gives both ends as Conns.
func connPair(t *testing.T) (*Conn, *Conn) {
	t.Helper()
	a, f, err := newConnPair()
	must(t, err)
	b, err := newConn(f)
	must(t, err)
	t.Cleanup(func() { _ = a.Close(); _ = b.Close() })
	return a, b
}

func TestConnMessages(t *testing.T) {
	t.Parallel()
	big := bytes.Repeat([]byte("configuration "), 1<<17)
	tests := []struct {
		name      string
		send, get Message
	}{
		{"bare", Message{Kind: Ready}, Message{Kind: Ready}},
		{"error", Message{Kind: Reloaded, Error: "no"}, Message{Kind: Reloaded, Error: "no"}},
		{"payload", Message{Kind: Reload, Payload: []byte("x")}, Message{Kind: Reload, Payload: []byte("x")}},
		{"empty payload", Message{Kind: Dump, Payload: []byte{}}, Message{Kind: Dump, Payload: []byte{}}},
		{"big payload", Message{Kind: Reload, Payload: big}, Message{Kind: Reload, Payload: big}},
		{
			"a long error is cut",
			Message{Kind: Reloaded, Error: strings.Repeat("e", 1<<20)},
			Message{Kind: Reloaded, Error: strings.Repeat("e", maxError)},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a, b := connPair(t)
			must(t, a.Send(tt.send))
			got, err := b.Receive()
			must(t, err)
			if diff := cmp.Diff(tt.get, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Packets keep their bounds and their order, both ways at once.
func TestConnOrder(t *testing.T) {
	t.Parallel()
	a, b := connPair(t)
	must(t, a.Send(Message{Kind: Reload, Payload: []byte("1")}))
	must(t, a.Send(Message{Kind: Dump}))
	must(t, b.Send(Message{Kind: Ready}))
	must(t, a.Send(Message{Kind: Stop}))
	var got []Kind
	for range 3 {
		m, err := b.Receive()
		must(t, err)
		got = append(got, m.Kind)
	}
	if diff := cmp.Diff([]Kind{Reload, Dump, Stop}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if m, err := a.Receive(); err != nil || m.Kind != Ready {
		t.Errorf("the other way: %v, %v", m, err)
	}
}

func TestConnEOF(t *testing.T) {
	t.Parallel()
	a, b := connPair(t)
	must(t, b.Close())
	if _, err := a.Receive(); !errors.Is(err, io.EOF) {
		t.Errorf("Receive from a closed peer: %v, want EOF", err)
	}
	if err := a.Send(Message{Kind: Stop}); err == nil {
		t.Error("Send to a closed peer succeeded")
	}
}

// A peer that does not read makes Send fail, not hang.
func TestConnFull(t *testing.T) {
	t.Parallel()
	a, _ := connPair(t)
	var err error
	for range 100_000 {
		if err = a.Send(Message{Kind: Dump}); err != nil {
			break
		}
	}
	if !errors.Is(err, unix.EAGAIN) {
		t.Errorf("Send to a full socket: %v, want EAGAIN", err)
	}
}

func TestConnRubbish(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		packet []byte
	}{
		{"not JSON", []byte("hello")},
		{"wrong type", []byte(`{"kind":1}`)},
		{"too long", bytes.Repeat([]byte(" "), maxMessage+1)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a, b := connPair(t)
			must(t, a.write(tt.packet, nil))
			if m, err := b.Receive(); err == nil {
				t.Errorf("Receive = %v, want an error", m)
			}
		})
	}
}

// Neither side can change a snapshot, whoever holds its descriptor.
func TestSealedMemfd(t *testing.T) {
	t.Parallel()
	f, err := sealedMemfd("test", []byte("fixed"))
	must(t, err)
	defer f.Close()
	if _, err := f.WriteAt([]byte("x"), 0); err == nil {
		t.Error("write to a sealed memfd succeeded")
	}
	if err := f.Truncate(0); err == nil {
		t.Error("truncate of a sealed memfd succeeded")
	}
	for range 2 { // twice: the shared file offset plays no part
		if b, err := readMemfd(f); err != nil || string(b) != "fixed" {
			t.Errorf("read = %q, %v", b, err)
		}
	}
}

// Whatever a packet holds, decoding gives a message or an error.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"kind":"ready"}`))
	f.Add([]byte(`{"kind":"reloaded","error":"no"}`))
	f.Add([]byte("null"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := decode(b, nil)
		if err != nil && m.Kind != "" {
			t.Errorf("an error and the message %v", m)
		}
	})
}
