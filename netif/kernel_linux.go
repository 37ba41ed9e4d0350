// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"errors"
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

const (
	// batchSize is the number of operations in one datagram; their answers must fit into
	// the socket's queue, where each takes about 800 bytes.
	batchSize    = 512
	kernelRcvbuf = 1 << 20
)

// ErrExists says that what was to be added was there already, which harms nothing.
var ErrExists = errors.New("is there already")

var errNoAnswer = errors.New("the kernel gave no answer")

// Kernel changes addresses, routes and rules.
type Kernel struct {
	nl *rtnl
	e  encoder
}

// OpenKernel opens the socket.
func OpenKernel() (*Kernel, error) {
	s, err := dial(0, kernelRcvbuf)
	if err != nil {
		return nil, err
	}
	return &Kernel{nl: s}, nil
}

// Close releases the socket.
func (k *Kernel) Close() error { return k.nl.Close() }

// Apply does the operations in order, with one system call for hundreds of them. Deleting
// what is gone succeeds; adding what is there gives ErrExists. One that fails does not keep
// the others from being done: the returned slice has one error (or nil) for each.
func (k *Kernel) Apply(ops []Op) []error {
	errs := make([]error, len(ops))
	for i := 0; i < len(ops); i += batchSize {
		end := min(i+batchSize, len(ops))
		k.apply(ops[i:end], errs[i:end])
	}
	for i, err := range errs {
		if err != nil {
			errs[i] = opError(ops[i], err)
		}
	}
	return errs
}

// apply does one batch and sets its errors.
func (k *Kernel) apply(ops []Op, errs []error) {
	first := k.nl.next(len(ops))
	k.e.b = k.e.b[:0]
	for i, op := range ops {
		k.e.request(op, first+uint32(i))
		errs[i] = errNoAnswer
	}
	err := k.nl.send(k.e.b)
	if err == nil {
		err = k.answers(first, ops, errs)
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
func (k *Kernel) answers(first uint32, ops []Op, errs []error) error {
	for {
		b, err := k.nl.receive()
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

// harmless marks or drops the errors that say that there was nothing to do.
func harmless(op Op, err error) error {
	if op.Add {
		if errors.Is(err, unix.EEXIST) {
			return ErrExists
		}
		return err
	}
	// Of an address, route or rule; with its interface an item is gone as well.
	for _, gone := range []error{unix.EADDRNOTAVAIL, unix.ESRCH, unix.ENOENT, unix.ENODEV} {
		if errors.Is(err, gone) {
			return nil
		}
	}
	return err
}

// opError names the operation, and the interface as a reader knows it.
func opError(op Op, err error) error {
	switch {
	case op.Route != nil:
		return fmt.Errorf("%s route %s: %w", verb(op), op.Route.Text(linkName), err)
	case op.Rule != nil:
		return fmt.Errorf("%s rule %s: %w", verb(op), op.Rule, err)
	case op.Add:
		return fmt.Errorf("add %s to %s: %w", op.Addr.Prefix, linkName(op.Addr.Index), err)
	}
	return fmt.Errorf("delete %s from %s: %w", op.Addr.Prefix, linkName(op.Addr.Index), err)
}

func verb(op Op) string {
	if op.Add {
		return "add"
	}
	return "delete"
}

func linkName(index int) string {
	if ifi, err := net.InterfaceByIndex(index); err == nil {
		return ifi.Name
	}
	return indexName(index)
}
