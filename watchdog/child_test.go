// SPDX-License-Identifier: Apache-2.0

package watchdog

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// link is both ends of a child's connection, in one process.
type link struct {
	t      *testing.T
	parent *Conn
	child  *Child
	life   *os.File // the parent's end
	cancel context.CancelFunc
	served chan error
}

// script is a Handler that answers as the test says.
type script struct {
	reload func(context.Context, string) error
	dump   func(context.Context, View) (string, error)
	ask    func(context.Context, string) ([]byte, error)
	alive  func(context.Context) error
	stop   func()
}

func (s script) Reload(ctx context.Context, snapshot []byte) error {
	return s.reload(ctx, string(snapshot))
}

func (s script) Dump(ctx context.Context, v View) (string, error) { return s.dump(ctx, v) }

func (s script) Ask(ctx context.Context, question []byte) ([]byte, error) {
	return s.ask(ctx, string(question))
}

func (s script) Alive(ctx context.Context) error {
	if s.alive == nil {
		return nil
	}
	return s.alive(ctx)
}

func (s script) Stop() {
	if s.stop != nil {
		s.stop()
	}
}

func newLink(t *testing.T, h Handler) *link {
	t.Helper()
	parent, child := connPair(t)
	var fds [2]int
	must(t, unix.Pipe2(fds[:], unix.O_CLOEXEC|unix.O_NONBLOCK))
	l := &link{
		t: t, parent: parent, life: os.NewFile(uintptr(fds[1]), "life"),
		child:  &Child{conn: child, life: os.NewFile(uintptr(fds[0]), "life")},
		served: make(chan error, 1),
	}
	ctx, cancel := context.WithCancel(t.Context())
	l.cancel = cancel
	go func() { l.served <- l.child.Serve(ctx, h) }()
	t.Cleanup(func() {
		cancel()
		_ = l.child.Close()
		_ = l.life.Close()
	})
	return l
}

// say sends a message as the parent and gives the answer.
func (l *link) say(m Message) Message {
	l.t.Helper()
	must(l.t, l.parent.Send(m))
	answer, err := l.parent.Receive()
	must(l.t, err)
	return answer
}

// end waits for the end of Serve.
func (l *link) end() error {
	l.t.Helper()
	select {
	case err := <-l.served:
		return err
	case <-time.After(30 * time.Second):
		l.t.Fatal("Serve does not end")
		return nil
	}
}

func TestServeAnswers(t *testing.T) {
	t.Parallel()
	l := newLink(t, script{
		reload: func(_ context.Context, snapshot string) error {
			if snapshot == "bad" {
				return errors.New("no")
			}
			return nil
		},
		dump: func(context.Context, View) (string, error) { return "state", nil },
		ask: func(_ context.Context, question string) ([]byte, error) {
			if question != "who?" {
				return nil, errors.New("what?")
			}
			return []byte("me"), nil
		},
	})
	must(t, l.child.Ready())
	if m, err := l.parent.Receive(); err != nil || m.Kind != Ready {
		t.Errorf("%v, %v, want ready", m, err)
	}
	tests := []struct {
		name      string
		say, want Message
	}{
		{"reload", Message{Kind: Reload, Payload: []byte("good")}, Message{Kind: Reloaded}},
		{"reload refused", Message{Kind: Reload, Payload: []byte("bad")}, Message{Kind: Reloaded, Error: "no"}},
		{"dump", Message{Kind: Dump, View: ViewStats}, Message{Kind: Dump, View: ViewStats, Payload: []byte("state")}},
		{"ask", Message{Kind: Ask, ID: 7, Payload: []byte("who?")}, Message{Kind: Ask, ID: 7, Payload: []byte("me")}},
		{"ask in vain", Message{Kind: Ask, ID: 8, Payload: []byte("?")}, Message{Kind: Ask, ID: 8, Error: "what?"}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, l.say(tt.say)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	must(t, l.parent.Send(Message{Kind: Stop}))
	if err := l.end(); err != nil {
		t.Errorf("Serve after stop: %v, want nil", err)
	}
}

// Questions that take long hold neither a reload up nor the stop; more than a few at once
// are refused.
func TestServeSlowAsks(t *testing.T) {
	t.Parallel()
	l := newLink(t, script{
		reload: func(context.Context, string) error { return nil },
		ask: func(ctx context.Context, _ string) ([]byte, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		},
	})
	for range asksAtOnce {
		must(t, l.parent.Send(Message{Kind: Ask, ID: 1}))
	}
	want := Message{Kind: Ask, ID: 2, Error: ErrBusy.Error()}
	if diff := cmp.Diff(want, l.say(Message{Kind: Ask, ID: 2})); diff != "" {
		t.Errorf("one too many (-want +got):\n%s", diff)
	}
	if m := l.say(Message{Kind: Reload, Payload: []byte("new")}); m.Kind != Reloaded {
		t.Errorf("answer %v to the reload", m)
	}
	must(t, l.parent.Send(Message{Kind: Stop}))
	if err := l.end(); err != nil {
		t.Errorf("Serve after stop: %v, want nil", err)
	}
}

func TestTell(t *testing.T) {
	t.Parallel()
	l := newLink(t, script{})
	must(t, l.child.Tell([]byte(`{"a":1}`)))
	got, err := l.parent.Receive()
	must(t, err)
	if diff := cmp.Diff(Message{Kind: News, Note: []byte(`{"a":1}`)}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestServeDumpFails(t *testing.T) {
	t.Parallel()
	l := newLink(t, script{dump: func(context.Context, View) (string, error) { return "", errors.New("busy") }})
	want := Message{Kind: Dump, Error: "busy", Payload: []byte{}}
	if diff := cmp.Diff(want, l.say(Message{Kind: Dump})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Every way in which Serve ends, while it is idle.
func TestServeEnds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		do   func(*link)
		want error
	}{
		{"stop", func(l *link) { must(l.t, l.parent.Send(Message{Kind: Stop})) }, nil},
		{"its own context", func(l *link) { l.cancel() }, nil},
		{"life pipe", func(l *link) { must(l.t, l.life.Close()) }, ErrParentGone},
		{"control socket", func(l *link) { must(l.t, l.parent.Close()) }, ErrParentGone},
		{"rubbish", func(l *link) { must(l.t, l.parent.write([]byte("?"), nil)) }, ErrParentGone},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := newLink(t, script{})
			tt.do(l)
			if err := l.end(); !errors.Is(err, tt.want) {
				t.Errorf("Serve: %v, want %v", err, tt.want)
			}
		})
	}
}

// A reload that hangs does not hide the death of the parent: its context ends.
func TestServeParentDiesInReload(t *testing.T) {
	t.Parallel()
	busy := make(chan struct{})
	l := newLink(t, script{reload: func(ctx context.Context, _ string) error {
		close(busy)
		<-ctx.Done()
		return ctx.Err()
	}})
	must(t, l.parent.Send(Message{Kind: Reload, Payload: []byte("x")}))
	<-busy
	must(t, l.life.Close())
	if err := l.end(); !errors.Is(err, ErrParentGone) {
		t.Errorf("Serve: %v, want %v", err, ErrParentGone)
	}
}

// A stop is heard at once while a reload goes on, and one that does not heed its context as well.
func TestServeStopInReload(t *testing.T) {
	t.Parallel()
	busy, stopped := make(chan struct{}), make(chan struct{})
	l := newLink(t, script{
		reload: func(context.Context, string) error {
			close(busy)
			<-stopped
			return nil
		},
		stop: func() { close(stopped) },
	})
	must(t, l.parent.Send(Message{Kind: Reload, Payload: []byte("x")}))
	<-busy
	must(t, l.parent.Send(Message{Kind: Stop}))
	if err := l.end(); err != nil {
		t.Errorf("Serve: %v, want nil", err)
	}
}

// Reloads are done one after the other, in order. Dumps that wait for the end of one are one.
func TestServeInOrder(t *testing.T) {
	t.Parallel()
	did, goOn := make(chan string, 10), make(chan struct{})
	l := newLink(t, script{
		reload: func(_ context.Context, snapshot string) error {
			did <- snapshot
			<-goOn
			return nil
		},
		dump: func(_ context.Context, v View) (string, error) {
			did <- string(v)
			return "", nil
		},
		ask: func(context.Context, string) ([]byte, error) { return nil, nil },
	})
	must(t, l.parent.Send(Message{Kind: Reload, Payload: []byte("1")}))
	for range 50 {
		must(t, l.parent.Send(Message{Kind: Dump, View: ViewData}))
		must(t, l.parent.Send(Message{Kind: Dump, View: ViewStats}))
	}
	must(t, l.parent.Send(Message{Kind: Reload, Payload: []byte("2")}))
	l.say(Message{Kind: Ask}) // all before it has been read
	close(goOn)
	var got []string
	for range 4 {
		m, err := l.parent.Receive()
		must(t, err)
		got = append(got, string(m.Kind), <-did)
	}
	want := []string{"reloaded", "1", "dump", string(ViewData), "dump", string(ViewStats), "reloaded", "2"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	must(t, l.parent.Send(Message{Kind: Stop}))
	if err := l.end(); err != nil {
		t.Errorf("Serve: %v, want nil", err)
	}
}
