// SPDX-License-Identifier: Apache-2.0

package ipvs

import (
	"encoding/binary"
	"errors"
	"slices"
	"syscall"
)

const (
	// chunk is how many requests go into one system call. Each answer takes
	// about 1 KiB of the socket's receive buffer until it is read.
	chunk = 100
	// dumpTries bounds the attempts to list a table that others change
	// meanwhile.
	dumpTries = 5
	// dumpInterrupted is NLM_F_DUMP_INTR (linux/netlink.h).
	dumpInterrupted = 0x10
)

var (
	errNoAnswer    = errors.New("no answer from the kernel")
	errInterrupted = errors.New("the table changed while it was read")
)

// socket is a netlink socket.
type socket interface {
	// Send writes requests in one system call.
	Send(b []byte) error
	// Receive waits for the next messages; errNoAnswer when none come. They are valid until the
	// next call.
	Receive() ([]syscall.NetlinkMessage, error)
	Close() error
}

// conn writes requests to the kernel's IPVS family and reads the answers.
type conn struct {
	socket
	family uint16
	seq    uint32
	out    message
}

// apply does the ops in order. It gives nil when all went well, else one error, or nil,
// an op: the plain errno when the kernel refused it.
func (c *conn) apply(ops []Op) []error {
	var errs []error
	for at := 0; at < len(ops); at += chunk {
		var room [chunk]error
		some := ops[at:min(at+chunk, len(ops))]
		c.batch(some, room[:len(some)])
		if !slices.ContainsFunc(room[:], func(err error) bool { return err != nil }) {
			continue
		}
		if errs == nil {
			errs = make([]error, len(ops))
		}
		copy(errs[at:], room[:])
	}
	return errs
}

// batch writes the ops in one system call and collects the answers. Only the last one is
// acknowledged: the kernel does them in order and answers what it refuses, so that half of
// the work is saved where all goes well.
func (c *conn) batch(ops []Op, errs []error) {
	first := c.seq + 1
	c.seq += uint32(len(ops))
	c.out.b = c.out.b[:0]
	for i, op := range ops {
		at := len(c.out.b)
		c.out.op(c.family, first+uint32(i), op)
		if i < len(ops)-1 {
			c.out.unacknowledged(at)
		}
	}
	if err := c.collect(first, errs); err != nil {
		for i := range errs { // whatever became of it
			if errs[i] == nil {
				errs[i] = err
			}
		}
	}
}

// collect sends the requests and fills in the answers, up to that of the last one.
func (c *conn) collect(first uint32, errs []error) error {
	if err := c.Send(c.out.b); err != nil {
		return err
	}
	for last := false; !last; {
		msgs, err := c.Receive()
		if err != nil {
			return err
		}
		for _, m := range msgs {
			i := m.Header.Seq - first
			if m.Header.Type != syscall.NLMSG_ERROR || i >= uint32(len(errs)) {
				continue // an answer that came too late for its own batch
			}
			errs[i] = answer(m)
			last = last || int(i) == len(errs)-1
		}
	}
	return nil
}

// request sends one request and waits for its answer.
func (c *conn) request(add func(m *message, seq uint32)) error {
	c.seq++
	c.out.b = c.out.b[:0]
	add(&c.out, c.seq)
	errs := []error{nil}
	if err := c.collect(c.seq, errs); err != nil {
		return err
	}
	return errs[0]
}

// answer decodes an acknowledgement: nil, or the errno.
func answer(m syscall.NetlinkMessage) error {
	if len(m.Data) < 4 {
		return errors.New("acknowledgement too short")
	}
	if code := int32(binary.NativeEndian.Uint32(m.Data)); code != 0 {
		return syscall.Errno(-code)
	}
	return nil
}

// services lists the services.
func (c *conn) services() ([]Service, error) {
	return listAll(c, nil, func(seq uint32) { c.out.services(c.family, seq) }, decodeService)
}

// dests lists the destinations of a service, in room if there is enough.
func (c *conn) dests(k Key, room []Dest) ([]Dest, error) {
	return listAll(c, room, func(seq uint32) { c.out.dests(c.family, seq, k) }, decodeDest)
}

// listAll asks for a listing until it was not interrupted by a change of the table. It stands in
// room if there is enough.
func listAll[T any](c *conn, room []T, ask func(seq uint32), decode func([]byte) (T, bool)) ([]T, error) {
	for try := 1; ; try++ {
		l := room[:0]
		err := c.dump(ask, func(b []byte) bool {
			x, ok := decode(b)
			l = append(l, x)
			return ok
		})
		if !errors.Is(err, errInterrupted) || try == dumpTries {
			return l, err
		}
	}
}

// dump asks for a listing once. take gets each message, and says whether it could read it.
func (c *conn) dump(ask func(seq uint32), take func([]byte) bool) error {
	c.seq++
	c.out.b = c.out.b[:0]
	ask(c.seq)
	if err := c.Send(c.out.b); err != nil {
		return err
	}
	var interrupted error
	for {
		msgs, err := c.Receive()
		if err != nil {
			return err
		}
		for _, m := range msgs {
			if m.Header.Seq != c.seq {
				continue
			}
			if m.Header.Flags&dumpInterrupted != 0 {
				interrupted = errInterrupted
			}
			switch m.Header.Type {
			case syscall.NLMSG_DONE:
				return errors.Join(answer(m), interrupted)
			case syscall.NLMSG_ERROR:
				return answer(m)
			}
			if !take(m.Data) {
				return errors.New("entry without an address")
			}
		}
	}
}
