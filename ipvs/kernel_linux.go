// SPDX-License-Identifier: Apache-2.0

package ipvs

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os/exec"
	"syscall"
	"time"

	moby "github.com/moby/ipvs"
	"github.com/sirupsen/logrus"
	"github.com/vishvananda/netlink"
)

// ErrNoIPVS is returned by [Open] when the kernel has no IPVS.
var ErrNoIPVS = errors.New("the kernel has no IPVS (module ip_vs): virtual servers cannot be balanced")

// kernel is the table of the network namespace that it was opened in.
type kernel struct {
	services *moby.Handle
	conn     *conn
}

// Open opens the table of the calling thread's network namespace. It loads the
// module ip_vs when it is not there yet.
func Open() (Kernel, error) {
	family, err := probe()
	if err != nil {
		return nil, err
	}
	// The library reports a missing module here, on standard error. It has
	// been seen to be there.
	logrus.SetOutput(io.Discard)
	services, err := moby.New("")
	if err != nil {
		return nil, fmt.Errorf("open IPVS: %w", err)
	}
	c, err := dial(family)
	if err != nil {
		services.Close()
		return nil, fmt.Errorf("open IPVS: %w", err)
	}
	return &kernel{services: services, conn: c}, nil
}

// probe gives the number of the netlink family. The library's own look-up is
// done once for ever and does not report that there is none.
func probe() (uint16, error) {
	family, err := netlink.GenlFamilyGet("IPVS")
	if errors.Is(err, syscall.ENOENT) {
		loadModule()
		family, err = netlink.GenlFamilyGet("IPVS")
	}
	switch {
	case errors.Is(err, syscall.ENOENT):
		return 0, ErrNoIPVS
	case err != nil:
		return 0, fmt.Errorf("look for IPVS in the kernel: %w", err)
	}
	return family.ID, nil
}

// loadModule asks for ip_vs. It need not succeed: where modprobe is missing or
// forbidden the module may be built in, and the caller looks again.
func loadModule() {
	for _, path := range []string{"/sbin/modprobe", "/usr/sbin/modprobe"} {
		if exec.Command(path, "-q", "ip_vs").Run() == nil {
			return
		}
	}
}

// Close releases both sockets.
func (k *kernel) Close() error {
	k.services.Close()
	return k.conn.Close()
}

// Table reads all services and their destinations.
func (k *kernel) Table() (Table, error) {
	services, err := k.services.GetServices()
	if err != nil {
		return nil, fmt.Errorf("list IPVS services: %w", err)
	}
	t := make(Table, 0, len(services))
	for _, s := range services {
		svc := fromMoby(s)
		// The library reads only 16 bits of a weight, and not all of the
		// errors of a listing.
		dests, err := k.conn.dests(svc.Key)
		if err != nil {
			return nil, fmt.Errorf("list IPVS destinations of %s: %w", svc.Key, err)
		}
		t = append(t, Entry{Service: svc, Dests: dests})
	}
	return t, nil
}

func fromMoby(s *moby.Service) Service {
	svc := Service{
		Key:       Key{Protocol: uint8(s.Protocol), Port: s.Port, FWMark: s.FWMark},
		Scheduler: s.SchedName,
		Flags:     s.Flags &^ (flagPersistent | flagHashed),
	}
	svc.Addr, _ = netip.AddrFromSlice(s.Address)
	if s.FWMark != 0 {
		svc.Addr = unspecified(s.AddressFamily)
	}
	svc.Netmask = wireMask(svc.Addr, s.Netmask)
	if s.Flags&flagPersistent != 0 {
		svc.Timeout = time.Duration(s.Timeout) * time.Second
	}
	if svc.Scheduler == "none" {
		svc.Scheduler = ""
	}
	return svc
}

func unspecified(family uint16) netip.Addr {
	if family == syscall.AF_INET {
		return netip.IPv4Unspecified()
	}
	return netip.IPv6Unspecified()
}

// Apply does the ops in order, in batches, and then what the kernel's table
// needed instead of an op that did not fit it.
func (k *kernel) Apply(ops []Op) []error {
	errs := k.conn.apply(ops)
	var again []Op
	var where []int
	for i, err := range errs {
		verb, fits := remedy(ops[i].Verb, err)
		switch {
		case err == nil:
		case !fits:
			errs[i] = fmt.Errorf("ipvs %s: %w", ops[i], err)
		case verb == 0:
			errs[i] = nil
		default:
			op := ops[i]
			op.Verb = verb
			again, where = append(again, op), append(where, i)
		}
	}
	for i, err := range k.conn.apply(again) {
		errs[where[i]] = err
		if err != nil {
			errs[where[i]] = fmt.Errorf("ipvs %s: %w", again[i], err)
		}
	}
	return errs
}

// remedy says what to do about an error: whether there is a remedy, and which
// verb to use instead, 0 for none.
func remedy(verb Verb, err error) (Verb, bool) {
	missing := errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ESRCH)
	exists := errors.Is(err, syscall.EEXIST)
	switch {
	case verb == AddService && exists:
		return EditService, true
	case verb == AddDest && exists:
		return EditDest, true
	case verb == EditService && errors.Is(err, syscall.ESRCH): // ENOENT: no such scheduler
		return AddService, true
	case verb == EditDest && missing:
		return AddDest, true
	case (verb == DelService || verb == DelDest) && missing:
		return 0, true
	default:
		return 0, false
	}
}
