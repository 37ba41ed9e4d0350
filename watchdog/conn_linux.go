// SPDX-License-Identifier: Apache-2.0

package watchdog

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

const (
	// maxMessage bounds a packet on the control socket; bulk data goes by memfd.
	maxMessage = 16 << 10
	// maxError bounds an error's text so that its message always fits.
	maxError = 4 << 10
)

// Conn is one end of a control socket.
type Conn struct {
	uc *net.UnixConn
	in []byte // room for a packet
}

// newConnPair makes a control socket: the parent's end, and the child's as a plain file.
func newConnPair() (*Conn, *os.File, error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("create control socket: %w", err)
	}
	child := os.NewFile(uintptr(fds[1]), "control")
	c, err := newConn(os.NewFile(uintptr(fds[0]), "control"))
	if err != nil {
		_ = child.Close()
		return nil, nil, err
	}
	return c, child, nil
}

// newConn takes f over.
func newConn(f *os.File) (*Conn, error) {
	defer f.Close()
	nc, err := net.FileConn(f)
	if err != nil {
		return nil, fmt.Errorf("open control socket: %w", err)
	}
	uc, ok := nc.(*net.UnixConn)
	if !ok {
		_ = nc.Close()
		return nil, fmt.Errorf("open control socket: it is a %T", nc)
	}
	return &Conn{uc: uc}, nil
}

// Send sends one message. It fails rather than waits for a peer that does not read.
func (c *Conn) Send(m Message) error {
	m.Error = m.Error[:min(len(m.Error), maxError)]
	head, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode %s message: %w", m.Kind, err)
	}
	var oob []byte
	if m.Payload != nil {
		f, err := sealedMemfd("vipward-"+string(m.Kind), m.Payload)
		if err != nil {
			return err
		}
		defer f.Close()
		oob = unix.UnixRights(int(f.Fd()))
	}
	if err := c.write(head, oob); err != nil {
		return fmt.Errorf("send %s message: %w", m.Kind, err)
	}
	return nil
}

// write tries once and never waits: the socket has room for hundreds of messages, so a peer
// that left no room does not read. A deadline would not do: a process that was kept from
// running past it would fail with the socket empty.
func (c *Conn) write(head, oob []byte) error {
	rc, err := c.uc.SyscallConn()
	if err != nil {
		return err
	}
	var sent error
	err = rc.Write(func(fd uintptr) bool {
		sent = unix.Sendmsg(int(fd), head, oob, nil, unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL)
		return true
	})
	return errors.Join(err, os.NewSyscallError("sendmsg", sent))
}

// Receive waits for a message. It gives io.EOF when the peer is gone. One goroutine may receive.
func (c *Conn) Receive() (Message, error) {
	if c.in == nil {
		c.in = make([]byte, maxMessage)
	}
	b, oob := c.in, make([]byte, unix.CmsgSpace(4))
	n, oobn, flags, _, err := c.uc.ReadMsgUnix(b, oob)
	if err != nil {
		// io.EOF comes bare inside or outside of net's own wrapping.
		return Message{}, err
	}
	f, err := descriptor(oob[:oobn])
	if err != nil {
		return Message{}, err
	}
	if f != nil {
		defer f.Close()
	}
	if flags&(unix.MSG_TRUNC|unix.MSG_CTRUNC) != 0 {
		return Message{}, errors.New("receive control message: too long")
	}
	return decode(b[:n], f)
}

func decode(b []byte, payload *os.File) (m Message, err error) {
	if err := json.Unmarshal(b, &m); err != nil {
		return Message{}, fmt.Errorf("decode control message: %w", err)
	}
	if payload != nil {
		m.Payload, err = readMemfd(payload)
	}
	return m, err
}

// descriptor takes the descriptor, if any, out of a packet's ancillary data.
func descriptor(oob []byte) (*os.File, error) {
	if len(oob) == 0 {
		return nil, nil
	}
	msgs, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return nil, fmt.Errorf("decode ancillary data: %w", err)
	}
	for _, m := range msgs {
		fds, err := unix.ParseUnixRights(&m)
		if err != nil || len(fds) == 0 {
			continue // not a descriptor: nothing of ours
		}
		return os.NewFile(uintptr(fds[0]), "payload"), nil
	}
	return nil, nil
}

// Close closes the socket: the peer sees the end of file.
func (c *Conn) Close() error { return c.uc.Close() }
