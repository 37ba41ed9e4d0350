// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

const (
	// batchSize is the number of operations in one datagram; their answers must fit into
	// the socket's queue, where each takes about 800 bytes.
	batchSize   = 512
	addrsRcvbuf = 1 << 20

	ifaProto = 11 // IFA_PROTO, not in x/sys
)

var errNoAnswer = errors.New("the kernel gave no answer")

// Addrs changes the addresses of interfaces.
type Addrs struct{ nl *rtnl }

// OpenAddrs opens the socket.
func OpenAddrs() (*Addrs, error) {
	s, err := dial(0, addrsRcvbuf)
	if err != nil {
		return nil, err
	}
	return &Addrs{nl: s}, nil
}

// Close releases the socket.
func (a *Addrs) Close() error { return a.nl.Close() }

// Apply does the operations in order, with one system call for hundreds of them. Adding
// what is there and deleting what is gone succeed. One that fails does not keep the
// others from being done: the returned slice has one error (or nil) for each.
func (a *Addrs) Apply(ops []Op) []error {
	errs := make([]error, len(ops))
	for i := 0; i < len(ops); i += batchSize {
		end := min(i+batchSize, len(ops))
		a.apply(ops[i:end], errs[i:end])
	}
	for i, err := range errs {
		if err != nil {
			errs[i] = opError(ops[i], err)
		}
	}
	return errs
}

// apply does one batch and sets its errors.
func (a *Addrs) apply(ops []Op, errs []error) {
	first := a.nl.next(len(ops))
	var b []byte
	for i, op := range ops {
		b = append(b, request(op, first+uint32(i))...)
		errs[i] = errNoAnswer
	}
	err := a.nl.send(b)
	if err == nil {
		err = a.answers(first, ops, errs)
	}
	if err == nil {
		return
	}
	for i := range errs {
		if errors.Is(errs[i], errNoAnswer) {
			errs[i] = err
		}
	}
}

// answers reads what the kernel has said about the operations from sequence number first on.
func (a *Addrs) answers(first uint32, ops []Op, errs []error) error {
	for {
		b, err := a.nl.receive()
		if errors.Is(err, unix.EAGAIN) {
			return nil // all that was answered is read
		}
		if err != nil {
			return err
		}
		for m := range messages(b) {
			// An answer to an earlier batch, left behind by an error, is out of range.
			i := m.Seq - first
			if m.Type == unix.NLMSG_ERROR && i < uint32(len(ops)) {
				errs[i] = harmless(ops[i], ackError(m))
			}
		}
	}
}

// request encodes one operation.
func request(op Op, seq uint32) []byte {
	req := nl.NetlinkRequest{NlMsghdr: unix.NlMsghdr{Type: unix.RTM_DELADDR, Flags: unix.NLM_F_REQUEST | unix.NLM_F_ACK, Seq: seq}}
	ip := op.Addr.Prefix.Addr()
	msg := nl.NewIfAddrmsg(family(op.Addr))
	msg.Prefixlen = uint8(op.Addr.Prefix.Bits())
	msg.Index = uint32(op.Addr.Index)
	req.AddData(msg)
	req.AddData(nl.NewRtAttr(unix.IFA_LOCAL, ip.AsSlice()))
	req.AddData(nl.NewRtAttr(unix.IFA_ADDRESS, ip.AsSlice()))
	if op.Add {
		req.Type = unix.RTM_NEWADDR
		req.Flags |= unix.NLM_F_CREATE | unix.NLM_F_EXCL
		msg.Scope = uint8(op.Addr.Scope)
		addAttrs(&req, op.Addr)
	}
	return req.Serialize()
}

// addAttrs adds what only a new address has. A kernel older than 5.18 skips the origin.
func addAttrs(req *nl.NetlinkRequest, a Addr) {
	req.AddData(nl.NewRtAttr(ifaProto, nl.Uint8Attr(Protocol)))
	if a.Prefix.Addr().Is6() {
		// A virtual address was in use a moment ago: duplicate address detection would keep
		// it from serving, and could find the old master.
		req.AddData(nl.NewRtAttr(unix.IFA_FLAGS, nl.Uint32Attr(unix.IFA_F_NODAD)))
		return
	}
	if a.Broadcast.Is4() {
		req.AddData(nl.NewRtAttr(unix.IFA_BROADCAST, a.Broadcast.AsSlice()))
	}
	if a.Label != "" {
		req.AddData(nl.NewRtAttr(unix.IFA_LABEL, nl.ZeroTerminated(a.Label)))
	}
}

func family(a Addr) int {
	if a.Prefix.Addr().Is4() {
		return unix.AF_INET
	}
	return unix.AF_INET6
}

// ackError is the error that an NLMSG_ERROR carries, with the kernel's own words when it
// gave some; nil when it is an acknowledgement.
func ackError(m message) error {
	if len(m.Body) < sizeofErrno {
		return errNoAnswer
	}
	errno := -int32(binary.NativeEndian.Uint32(m.Body))
	if errno == 0 {
		return nil
	}
	if text := extAck(m); text != "" {
		return fmt.Errorf("%w: %s", unix.Errno(errno), text)
	}
	return unix.Errno(errno)
}

// extAck is the text behind the error number and the (capped) echo of the request.
func extAck(m message) string {
	skip := sizeofErrno + sizeofHeader
	if m.Flags&unix.NLM_F_ACK_TLVS == 0 || len(m.Body) < skip {
		return ""
	}
	if m.Flags&unix.NLM_F_CAPPED == 0 {
		skip = sizeofErrno + align(int(binary.NativeEndian.Uint32(m.Body[sizeofErrno:])))
	}
	if skip < 0 || skip > len(m.Body) {
		return ""
	}
	for typ, value := range attrs(m.Body[skip:]) {
		if typ == unix.NLMSGERR_ATTR_MSG {
			return unix.ByteSliceToString(value)
		}
	}
	return ""
}

// harmless drops the errors that say that there was nothing to do.
func harmless(op Op, err error) error {
	switch {
	case op.Add && errors.Is(err, unix.EEXIST):
		return nil
	case !op.Add && errors.Is(err, unix.EADDRNOTAVAIL), !op.Add && errors.Is(err, unix.ENODEV):
		return nil // with its interface it is gone as well
	}
	return err
}

// opError names the operation, and the interface as a reader knows it.
func opError(op Op, err error) error {
	dev := fmt.Sprintf("if%d", op.Addr.Index)
	if ifi, lerr := net.InterfaceByIndex(op.Addr.Index); lerr == nil {
		dev = ifi.Name
	}
	if op.Add {
		return fmt.Errorf("add %s to %s: %w", op.Addr.Prefix, dev, err)
	}
	return fmt.Errorf("delete %s from %s: %w", op.Addr.Prefix, dev, err)
}
