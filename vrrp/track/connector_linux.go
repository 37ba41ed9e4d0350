// SPDX-License-Identifier: Apache-2.0

package track

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// The kernel's process events connector (linux/cn_proc.h, linux/connector.h).
const (
	connIndexProc   = 1 // CN_IDX_PROC, and the multicast group
	connValueProc   = 1 // CN_VAL_PROC
	connListen      = 1 // PROC_CN_MCAST_LISTEN
	connHeader      = unix.SizeofNlMsghdr + 20
	connEvent       = connHeader // struct proc_event
	connData        = connEvent + 16
	eventNone       = 0
	eventFork       = 0x00000001
	eventExec       = 0x00000002
	eventComm       = 0x00000200
	eventExit       = 0x80000000
	defaultConnBuf  = 1 << 20
	connMessageSize = 256
)

// connector hears from the kernel when processes begin, run another program, change their
// name or end.
type connector struct {
	file *os.File
	rc   syscall.RawConn
	buf  [connMessageSize]byte
}

// processEvent is one event of a process. what is an event constant; child belongs to forks.
// With eventNone pid is the errno of the answer.
type processEvent struct {
	what       uint32
	pid, child int
}

// errNoEvents says that the kernel tells no process events here: they are for the initial
// network, process and user namespaces only, and need CONFIG_PROC_EVENTS.
var errNoEvents = errors.New("the kernel tells no process events here")

// noEvents is errNoEvents with its cause, on one line.
func noEvents(err error) error { return fmt.Errorf("%w (%w)", errNoEvents, err) }

// openConnector opens the socket and asks for events. Its buffer is rcvbuf bytes (0: as
// vipward thinks fit), beyond the system's limit where that is permitted.
func openConnector(rcvbuf int) (*connector, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_CONNECTOR)
	if err != nil {
		return nil, noEvents(os.NewSyscallError("socket", err))
	}
	c := &connector{file: os.NewFile(uintptr(fd), "process events")}
	c.rc, err = c.file.SyscallConn()
	if err == nil {
		err = c.setup(fd, rcvbuf)
	}
	if err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

func (c *connector) close() error { return c.file.Close() }

func (c *connector) setup(fd, rcvbuf int) error {
	if rcvbuf == 0 {
		rcvbuf = defaultConnBuf
	}
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, rcvbuf) != nil {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, rcvbuf) // cut to the limit: lost events are noticed
	}
	if err := attachFilter(fd); err != nil {
		return fmt.Errorf("filter process events: %w", err)
	}
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: connIndexProc}); err != nil {
		return noEvents(os.NewSyscallError("bind", err))
	}
	if err := unix.Sendto(fd, listenMessage(), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return noEvents(os.NewSyscallError("send", err))
	}
	return c.awaitAnswer()
}

// awaitAnswer waits for the kernel to confirm: in a process namespace it says nothing.
func (c *connector) awaitAnswer() error {
	end := time.Now().Add(answerLimit)
	for {
		ev, err := c.next(end)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return errNoEvents
		case errors.Is(err, unix.ENOBUFS): // all processes are looked at afterwards
		case err != nil:
			return noEvents(err)
		case ev.what == eventNone && ev.pid != 0:
			return noEvents(unix.Errno(ev.pid))
		case ev.what == eventNone:
			return nil
		}
	}
}

// answerLimit is how long the kernel may take to confirm. It answers during the send.
const answerLimit = 200 * time.Millisecond

// listenMessage asks for events.
func listenMessage() []byte {
	const size = connHeader + 4
	b := make([]byte, size)
	binary.NativeEndian.PutUint32(b, size)
	binary.NativeEndian.PutUint16(b[4:], unix.NLMSG_DONE)
	binary.NativeEndian.PutUint32(b[16:], connIndexProc)
	binary.NativeEndian.PutUint32(b[20:], connValueProc)
	binary.NativeEndian.PutUint16(b[32:], 4)
	binary.NativeEndian.PutUint32(b[connHeader:], connListen)
	return b
}

// attachFilter has the kernel drop what does not matter before it wakes us: events of
// threads, and changes of users, sessions and the like.
func attachFilter(fd int) error {
	raw, err := bpf.Assemble(eventFilter())
	if err != nil {
		return err
	}
	prog := make([]unix.SockFilter, len(raw))
	for i, in := range raw {
		prog[i] = unix.SockFilter{Code: in.Op, Jt: in.Jt, Jf: in.Jf, K: in.K}
	}
	return unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{
		Len: uint16(len(prog)), Filter: &prog[0],
	})
}

// eventFilter passes the answer to the listen request and executions, and of the others
// those of whole processes: process and thread group are the same. The machine loads in
// network order.
func eventFilter() []bpf.Instruction {
	is := func(what uint32, skip uint8) bpf.Instruction {
		return bpf.JumpIf{Cond: bpf.JumpEqual, Val: networkOrder(what), SkipTrue: skip}
	}
	return []bpf.Instruction{
		bpf.LoadAbsolute{Off: connEvent, Size: 4},
		is(eventNone, 13),
		is(eventExec, 12),
		is(eventComm, 7),
		is(eventFork, 2),
		is(eventExit, 5),
		bpf.RetConstant{Val: 0},
		bpf.LoadAbsolute{Off: connData + 8, Size: 4}, // fork: child_pid
		bpf.TAX{},
		bpf.LoadAbsolute{Off: connData + 12, Size: 4}, // child_tgid
		bpf.Jump{Skip: 3},
		bpf.LoadAbsolute{Off: connData, Size: 4}, // exit, name: process_pid
		bpf.TAX{},
		bpf.LoadAbsolute{Off: connData + 4, Size: 4}, // process_tgid
		bpf.JumpIfX{Cond: bpf.JumpNotEqual, SkipTrue: 1},
		bpf.RetConstant{Val: connMessageSize},
		bpf.RetConstant{Val: 0},
	}
}

func networkOrder(v uint32) uint32 {
	var b [4]byte
	binary.NativeEndian.PutUint32(b[:], v)
	return binary.BigEndian.Uint32(b[:])
}

// next gives the next event, os.ErrDeadlineExceeded at the deadline (zero: none), or
// ENOBUFS when events were lost.
func (c *connector) next(deadline time.Time) (processEvent, error) {
	if err := c.file.SetReadDeadline(deadline); err != nil {
		return processEvent{}, err
	}
	for {
		n, from, err := c.receive()
		if err != nil {
			return processEvent{}, err
		}
		if nl, ok := from.(*unix.SockaddrNetlink); !ok || nl.Pid != 0 {
			continue // not the kernel
		}
		if ev, ok := decodeProcessEvent(c.buf[:n]); ok {
			return ev, nil
		}
	}
}

func (c *connector) receive() (n int, from unix.Sockaddr, err error) {
	rerr := c.rc.Read(func(fd uintptr) bool {
		n, from, err = unix.Recvfrom(int(fd), c.buf[:], 0)
		return !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EINTR)
	})
	if rerr != nil {
		return 0, nil, rerr
	}
	return n, from, err
}

// decodeProcessEvent reads one message; ok is false for what is none of ours.
func decodeProcessEvent(b []byte) (ev processEvent, ok bool) {
	if len(b) < connData+4 ||
		binary.NativeEndian.Uint32(b[16:]) != connIndexProc || binary.NativeEndian.Uint32(b[20:]) != connValueProc {
		return ev, false
	}
	ev.what = binary.NativeEndian.Uint32(b[connEvent:])
	switch ev.what {
	case eventFork:
		if len(b) < connData+16 {
			return ev, false
		}
		ev.pid = int(int32(binary.NativeEndian.Uint32(b[connData+4:])))    // parent_tgid
		ev.child = int(int32(binary.NativeEndian.Uint32(b[connData+12:]))) // child_tgid
		return ev, true
	case eventNone, eventExec, eventComm, eventExit:
		ev.pid = int(int32(binary.NativeEndian.Uint32(b[connData:])))
		return ev, true
	}
	return ev, false
}
