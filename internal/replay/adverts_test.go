// SPDX-License-Identifier: Apache-2.0

package replay

import (
	"cmp"
	"context"
	"net"
	"time"

	"golang.org/x/sys/unix"
)

// send sends the adverts of a step from host b; the first one at once.
func (s *stage) send(text string) {
	s.t.Helper()
	o := readOrder(text, s.rec.Configs["a"])
	for i := range o.count {
		if i > 0 {
			time.Sleep(o.gap)
		}
		s.advert(o)
	}
}

func (s *stage) advert(o order) {
	s.t.Helper()
	if err := s.b.Do(func() error { return sendRaw(cmp.Or(o.ifname, "eth0"), o.frame()) }); err != nil {
		s.t.Fatalf("send an advert: %v", err)
	}
}

func sendRaw(ifname string, frame []byte) error {
	ifi, err := net.InterfaceByName(ifname)
	if err != nil {
		return err
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return unix.Sendto(fd, frame, 0, &unix.SockaddrLinklayer{Ifindex: ifi.Index})
}

// startFlow sends adverts until the flow is stopped, or the case ends.
func (s *stage) startFlow(text string) {
	o := readOrder(text, s.rec.Configs["a"])
	s.flow()
	ctx, cancel := context.WithCancel(s.t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(o.gap)
		defer tick.Stop()
		for {
			_ = s.b.Do(func() error { return sendRaw(cmp.Or(o.ifname, "eth0"), o.frame()) }) // the link may be down
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	}()
	s.flow = func() {
		cancel()
		<-done
		s.flow = func() {}
	}
}
