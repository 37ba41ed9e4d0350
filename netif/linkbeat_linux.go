// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The ways to ask a driver whether a link has a carrier.
const (
	BeatMII     = "MII"
	BeatEthtool = "ETHTOOL"
	BeatFlags   = "IOCTL"
)

// beatMethods in the order in which they are tried.
var beatMethods = [...]string{BeatMII, BeatEthtool, BeatFlags}

// Linkbeat asks drivers whether their links have a carrier, for those that do not tell the
// kernel of a change.
type Linkbeat struct{ fd int }

// OpenLinkbeat opens the socket that the questions need.
func OpenLinkbeat() (*Linkbeat, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open linkbeat socket: %w", err)
	}
	return &Linkbeat{fd}, nil
}

// Close releases the socket.
func (b *Linkbeat) Close() error { return unix.Close(b.fd) }

// Method is the way that works for a link: the one asked for, or the first that does. It is
// empty when none does, as for a link that is not there.
func (b *Linkbeat) Method(link, asked string) string {
	if _, err := b.carrier(link, asked); asked != "" && err == nil {
		return asked
	}
	for _, m := range beatMethods {
		if _, err := b.carrier(link, m); err == nil {
			return m
		}
	}
	return ""
}

// Up asks whether a link is up and has a carrier.
func (b *Linkbeat) Up(link, method string) (bool, error) {
	flags, err := b.flags(link)
	if err != nil || flags&unix.IFF_UP == 0 {
		return false, err
	}
	return b.carrier(link, method)
}

func (b *Linkbeat) carrier(link, method string) (bool, error) {
	switch method {
	case BeatMII:
		return b.mii(link)
	case BeatEthtool:
		return b.ethtool(link)
	}
	flags, err := b.flags(link)
	return flags&unix.IFF_RUNNING != 0, err
}

func (b *Linkbeat) flags(link string) (uint16, error) {
	req, err := unix.NewIfreq(link)
	if err != nil {
		return 0, fmt.Errorf("flags of %s: %w", link, err)
	}
	if err := unix.IoctlIfreq(b.fd, unix.SIOCGIFFLAGS, req); err != nil {
		return 0, fmt.Errorf("flags of %s: %w", link, err)
	}
	return req.Uint16(), nil
}

// ifreq is struct ifreq with room for what a driver is asked.
type ifreq[T any] struct {
	name [unix.IFNAMSIZ]byte
	data T
	_    [24]byte // the kernel copies a whole one
}

func ioctl[T any](fd int, number uintptr, req *ifreq[T]) error {
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), number, uintptr(unsafe.Pointer(req))); errno != 0 {
		return errno
	}
	return nil
}

// mii reads the basic mode status register of the link's PHY, twice, since it keeps a loss
// of the carrier until it is read.
func (b *Linkbeat) mii(link string) (bool, error) {
	const (
		status  = 1      // MII_BMSR
		carrier = 0x0004 // BMSR_LSTATUS
	)
	var req ifreq[struct{ phy, register, in, out uint16 }]
	copy(req.name[:unix.IFNAMSIZ-1], link)
	if err := ioctl(b.fd, unix.SIOCGMIIPHY, &req); err != nil {
		return false, fmt.Errorf("PHY of %s: %w", link, err)
	}
	req.data.register = status
	for range 2 {
		if err := ioctl(b.fd, unix.SIOCGMIIREG, &req); err != nil {
			return false, fmt.Errorf("PHY of %s: %w", link, err)
		}
	}
	return req.data.out&carrier != 0, nil
}

func (b *Linkbeat) ethtool(link string) (bool, error) {
	const getLink = 0xa // ETHTOOL_GLINK
	value := struct{ command, data uint32 }{command: getLink}
	req := ifreq[unsafe.Pointer]{data: unsafe.Pointer(&value)}
	copy(req.name[:unix.IFNAMSIZ-1], link)
	if err := ioctl(b.fd, unix.SIOCETHTOOL, &req); err != nil {
		return false, fmt.Errorf("ethtool of %s: %w", link, err)
	}
	return value.data != 0, nil
}
