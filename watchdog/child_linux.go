// SPDX-License-Identifier: Apache-2.0

package watchdog

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"
)

// The descriptors of a child, in the order in which the parent passes them.
const (
	fdConfig = 3 + iota
	fdControl
	fdState
	fdLife
)

// ErrParentGone says that the parent died: nobody supervises this child any more.
var ErrParentGone = errors.New("the parent process is gone")

// errStop ends Serve's goroutines after a stop message.
var errStop = errors.New("asked to stop")

// Child is the child's side of its connection with the parent.
type Child struct {
	Snapshot []byte // the configuration to start with
	State    *State // what the predecessor saved, and where to save
	conn     *Conn
	life     *os.File
	files    []*os.File
}

// Handler does what the parent asks for.
type Handler interface {
	// Reload takes a new configuration. An error means that the old one goes on.
	Reload(ctx context.Context, snapshot []byte) error
	// Dump describes the state in one way.
	Dump(ctx context.Context, v View) (string, error)
	// Ask answers a question of the local API. It may be called while another call of the
	// handler is under way.
	Ask(ctx context.Context, question []byte) ([]byte, error)
	// Alive gives nil when the loop that does the work has come by. It may be called while
	// another call is under way.
	Alive(ctx context.Context) error
	// Stop begins the ordered stop. It may be called while another call is under way, and
	// does not wait.
	Stop()
}

// asksAtOnce bounds the questions of the local API that are answered at the same time.
const asksAtOnce = 2

// Inherit takes the descriptors over that the parent passed. It may be called once.
func Inherit() (*Child, error) {
	for _, d := range []struct {
		fd   int
		kind uint32
	}{{fdConfig, unix.S_IFREG}, {fdControl, unix.S_IFSOCK}, {fdState, unix.S_IFREG}, {fdLife, unix.S_IFIFO}} {
		if err := adopt(d.fd, d.kind); err != nil {
			return nil, err
		}
	}
	config := os.NewFile(fdConfig, "config")
	defer config.Close()
	snapshot, err := readMemfd(config)
	if err != nil {
		return nil, err
	}
	conn, err := newConn(os.NewFile(fdControl, "control"))
	if err != nil {
		return nil, err
	}
	return inherit(snapshot, conn)
}

// adopt keeps a descriptor from the children of this process. Its kind is checked, since
// in a role that was started by hand the number belongs to somebody else, or to nobody.
func adopt(fd int, kind uint32) error {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil || st.Mode&unix.S_IFMT != kind {
		return fmt.Errorf("inherit descriptor %d: this role is started by the parent process only", fd)
	}
	unix.CloseOnExec(fd)
	return nil
}

func inherit(snapshot []byte, conn *Conn) (*Child, error) {
	// Only a non-blocking descriptor gets a file whose reads can be interrupted.
	if err := unix.SetNonblock(fdLife, true); err != nil {
		return nil, fmt.Errorf("inherit life pipe: %w", err)
	}
	state := os.NewFile(fdState, "state")
	return &Child{
		Snapshot: snapshot,
		State:    OpenState(state),
		conn:     conn,
		life:     os.NewFile(fdLife, "life"),
		files:    []*os.File{state},
	}, nil
}

// Close releases the descriptors.
func (c *Child) Close() error {
	errs := []error{c.conn.Close(), c.life.Close()}
	for _, f := range c.files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

// Ready tells the parent that the configuration is in use.
func (c *Child) Ready() error { return c.conn.Send(Message{Kind: Ready}) }

// Tell hands something that happened to the parent, for listeners of the local API. It does
// not wait: when the parent does not read, the news is lost.
func (c *Child) Tell(note []byte) error { return c.conn.Send(Message{Kind: News, Note: note}) }

// Progress tells the parent that an ordered stop goes on. It gets more time by that, within
// limits.
func (c *Child) Progress() error { return c.conn.Send(Message{Kind: Progress}) }

// Serve answers the parent until it asks to stop or ctx ends (nil), or is gone
// (ErrParentGone). It may be called once.
func (c *Child) Serve(ctx context.Context, h Handler) error {
	g, ctx := errgroup.WithContext(ctx)
	stop := context.AfterFunc(ctx, func() {
		past := time.Unix(1, 0)
		_ = c.conn.uc.SetReadDeadline(past)
		_ = c.life.SetReadDeadline(past)
	})
	defer stop()
	g.Go(func() error { return c.watchLife(ctx) })
	jobs := newErrands()
	g.Go(func() error { return c.serve(ctx, h, jobs) })
	g.Go(func() error { return c.run(ctx, h, jobs) })
	if err := g.Wait(); !errors.Is(err, errStop) {
		return err
	}
	return nil
}

// watchLife waits for the end of the life pipe; nothing is ever written to it.
func (c *Child) watchLife(ctx context.Context) error {
	_, _ = c.life.Read(make([]byte, 1))
	if ctx.Err() != nil {
		return nil
	}
	return ErrParentGone
}

// serve reads what the parent says. It is never busy with it: a stop must be heard while a
// long reload is under way.
func (c *Child) serve(ctx context.Context, h Handler, jobs *errands) error {
	var asks, pings errgroup.Group
	asks.SetLimit(asksAtOnce)
	pings.SetLimit(1)
	asking, giveUp := context.WithCancel(ctx)
	defer func() {
		giveUp()
		_, _ = asks.Wait(), pings.Wait() // they have no error
	}()
	for {
		m, err := c.conn.Receive()
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return ErrParentGone
		case m.Kind == Stop:
			h.Stop()
			return errStop
		case m.Kind == Ask:
			c.ask(asking, h, m, &asks)
		case m.Kind == Ping:
			c.ping(asking, h, &pings)
		default:
			jobs.put(m)
		}
	}
}

// run does the errands in order.
func (c *Child) run(ctx context.Context, h Handler, jobs *errands) error {
	for {
		m, err := jobs.next(ctx)
		if err != nil {
			return nil // ctx ended
		}
		a := answer(ctx, h, m)
		if ctx.Err() != nil {
			return nil // it was cut off, and nobody wants to know
		}
		if err := c.conn.Send(a); err != nil && ctx.Err() == nil {
			return ErrParentGone
		}
	}
}

// ask answers a question beside the messages of the parent: a reload or the stop does not
// wait for it. An answer that cannot be sent is not missed by a parent that is gone.
func (c *Child) ask(ctx context.Context, h Handler, m Message, g *errgroup.Group) {
	begun := g.TryGo(func() error {
		b, err := h.Ask(ctx, m.Payload)
		_ = c.conn.Send(Message{Kind: Ask, ID: m.ID, Error: errorText(err), Payload: b})
		return nil
	})
	if !begun {
		_ = c.conn.Send(Message{Kind: Ask, ID: m.ID, Error: ErrBusy.Error()})
	}
}

// ping answers when the loop has come by. There is no answer of one that does not, and the
// parent asks no second time before the first is answered.
func (c *Child) ping(ctx context.Context, h Handler, g *errgroup.Group) {
	_ = g.TryGo(func() error {
		if h.Alive(ctx) == nil {
			_ = c.conn.Send(Message{Kind: Ping}) // not missed by a parent that is gone
		}
		return nil
	})
}

func answer(ctx context.Context, h Handler, m Message) Message {
	if m.Kind == Dump {
		text, err := h.Dump(ctx, m.View)
		return Message{Kind: Dump, View: m.View, Error: errorText(err), Payload: []byte(text)}
	}
	return Message{Kind: Reloaded, Error: errorText(h.Reload(ctx, m.Payload))}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
