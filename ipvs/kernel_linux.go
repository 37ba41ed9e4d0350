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
	sock, err := dial()
	if err != nil {
		services.Close()
		return nil, fmt.Errorf("open IPVS: %w", err)
	}
	return &kernel{services: services, conn: &conn{socket: sock, family: family}}, nil
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
	if svc.Scheduler == noScheduler {
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

// Apply does the ops in order, in batches.
func (k *kernel) Apply(ops []Op) []error { return k.conn.settle(ops) }
