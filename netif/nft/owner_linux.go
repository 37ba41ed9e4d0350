// SPDX-License-Identifier: Apache-2.0

package nft

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/nftables"
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

const (
	// tableUserdata is NFTA_TABLE_USERDATA, since Linux 5.10; before, it is passed over.
	tableUserdata = 6
	// ownerType is the type of our entry in it. nft(8) shows those only that it knows.
	ownerType = 0x76
	// longestOwner is what an entry holds, in bytes; the kernel has room for 254.
	longestOwner = 200
)

// ownerMark is the user data of a table that belongs to an owner.
func ownerMark(owner string) []byte {
	owner = owner[max(0, len(owner)-longestOwner):] // the end of a path tells more
	return append([]byte{ownerType, byte(len(owner))}, owner...)
}

// listed is a table as the kernel tells it.
type listed struct {
	id   tableID
	mark string
}

// list gives all tables of a family.
func list(c *netlink.Conn, family nftables.TableFamily) ([]listed, error) {
	answers, err := c.Execute(netlink.Message{
		Header: netlink.Header{Type: unix.NFNL_SUBSYS_NFTABLES<<8 | unix.NFT_MSG_GETTABLE, Flags: netlink.Request | netlink.Dump},
		Data:   nfgenmsg(byte(family), 0),
	})
	if err != nil {
		return nil, fmt.Errorf("list tables: %w", err)
	}
	var all []listed
	for _, m := range answers {
		if len(m.Data) < 4 {
			continue
		}
		d, err := netlink.NewAttributeDecoder(m.Data[4:])
		if err != nil {
			return nil, fmt.Errorf("list tables: %w", err)
		}
		t := listed{id: tableID{family: family}}
		for d.Next() {
			switch d.Type() {
			case unix.NFTA_TABLE_NAME:
				t.id.name = d.String()
			case tableUserdata:
				t.mark = string(d.Bytes())
			}
		}
		if err := d.Err(); err != nil {
			return nil, fmt.Errorf("list tables: %w", err)
		}
		all = append(all, t)
	}
	return all, nil
}

// tables lists those of a name, and those of the owner whatever they are called: an earlier
// process may have left them.
func (k *netlinkKernel) tables(name string) (found []tableID, err error) {
	conn, err := netlink.Dial(unix.NETLINK_NETFILTER, nil)
	if err != nil {
		return nil, fmt.Errorf("list tables: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if err := conn.SetReadDeadline(time.Now().Add(answerPatience)); err != nil {
		return nil, fmt.Errorf("list tables: %w", err)
	}
	for _, family := range [...]nftables.TableFamily{nftables.TableFamilyIPv4, nftables.TableFamilyIPv6} {
		all, err := list(conn, family)
		if err != nil {
			return nil, err
		}
		for _, t := range all {
			if t.id.name == name || k.owner != "" && t.mark == string(ownerMark(k.owner)) {
				found = append(found, t.id)
			}
		}
	}
	return found, nil
}
