// SPDX-License-Identifier: Apache-2.0

package ipvs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"syscall"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

const (
	// chunk is how many requests go into one system call. Each answer takes
	// about 1 KiB of the socket's receive buffer until it is read.
	chunk = 100
	// receiveBuffer has room for the answers of a chunk several times over.
	receiveBuffer = 1 << 20
	// answerTimeout is far above what the kernel needs for one request.
	answerTimeout = 10 // seconds
	// dumpTries bounds the attempts to list a table that others change
	// meanwhile.
	dumpTries = 5
)

var (
	errNoAnswer    = errors.New("no answer from the kernel")
	errInterrupted = errors.New("the table changed while it was read")
)

// conn writes requests to the kernel's IPVS family and reads the answers.
type conn struct {
	sock   *nl.NetlinkSocket
	family uint16
	seq    uint32
	out    message
}

func dial(family uint16) (*conn, error) {
	sock, err := nl.Subscribe(unix.NETLINK_GENERIC)
	if err != nil {
		return nil, err
	}
	c := &conn{sock: sock, family: family}
	if err := c.setup(); err != nil {
		sock.Close()
		return nil, err
	}
	return c, nil
}

func (c *conn) setup() error {
	if err := c.sock.SetReceiveTimeout(&unix.Timeval{Sec: answerTimeout}); err != nil {
		return err
	}
	// Errors are answered without a copy of the request.
	if err := unix.SetsockoptInt(c.sock.GetFd(), unix.SOL_NETLINK, unix.NETLINK_CAP_ACK, 1); err != nil {
		return err
	}
	return c.sock.SetReceiveBufferSize(receiveBuffer, false)
}

// Close closes the socket.
func (c *conn) Close() error {
	c.sock.Close()
	return nil
}

// apply does the ops in order and gives one error, or nil, an op: the plain
// errno when the kernel refused it.
func (c *conn) apply(ops []Op) []error {
	errs := make([]error, len(ops))
	for at := 0; at < len(ops); at += chunk {
		end := min(at+chunk, len(ops))
		c.batch(ops[at:end], errs[at:end])
	}
	return errs
}

// batch writes the ops in one system call and collects the answers.
func (c *conn) batch(ops []Op, errs []error) {
	first := c.seq + 1
	c.seq += uint32(len(ops))
	c.out.b = c.out.b[:0]
	for i, op := range ops {
		errs[i] = errNoAnswer
		c.out.op(c.family, first+uint32(i), op)
	}
	if err := c.collect(first, errs); err != nil {
		for i := range errs {
			if errs[i] == errNoAnswer { //nolint:errorlint // our own mark, never wrapped
				errs[i] = err
			}
		}
	}
}

// collect sends the requests and fills in the answers, until all are there.
func (c *conn) collect(first uint32, errs []error) error {
	if err := c.send(); err != nil {
		return err
	}
	for missing := len(errs); missing > 0; {
		msgs, err := c.receive()
		if err != nil {
			return err
		}
		for _, m := range msgs {
			i := m.Header.Seq - first
			if m.Header.Type != unix.NLMSG_ERROR || i >= uint32(len(errs)) {
				continue // an answer that came too late for its own batch
			}
			errs[i] = answer(m)
			missing--
		}
	}
	return nil
}

func (c *conn) send() error {
	err := unix.Sendto(c.sock.GetFd(), c.out.b, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK})
	if err != nil {
		return fmt.Errorf("write to the kernel: %w", err)
	}
	return nil
}

func (c *conn) receive() ([]syscall.NetlinkMessage, error) {
	msgs, _, err := c.sock.Receive()
	if errors.Is(err, unix.EAGAIN) {
		return nil, errNoAnswer
	}
	if err != nil {
		return nil, fmt.Errorf("read from the kernel: %w", err)
	}
	return msgs, nil
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

// dests lists the destinations of a service.
func (c *conn) dests(k Key) ([]Dest, error) {
	for try := 1; ; try++ {
		dests, err := c.dump(k)
		if !errors.Is(err, errInterrupted) || try == dumpTries {
			return dests, err
		}
	}
}

func (c *conn) dump(k Key) ([]Dest, error) {
	c.seq++
	c.out.b = c.out.b[:0]
	c.out.dests(c.family, c.seq, k)
	if err := c.send(); err != nil {
		return nil, err
	}
	var dests []Dest
	var interrupted error
	for {
		msgs, err := c.receive()
		if err != nil {
			return nil, err
		}
		for _, m := range msgs {
			if m.Header.Seq != c.seq {
				continue
			}
			if m.Header.Flags&unix.NLM_F_DUMP_INTR != 0 {
				interrupted = errInterrupted
			}
			switch m.Header.Type {
			case unix.NLMSG_DONE:
				return dests, errors.Join(answer(m), interrupted)
			case unix.NLMSG_ERROR:
				return nil, answer(m)
			}
			d, ok := decodeDest(m.Data)
			if !ok {
				return nil, errors.New("destination without an address")
			}
			dests = append(dests, d)
		}
	}
}
