// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"errors"
	"net/netip"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// linkRequest begins a request about the link with that index.
func linkRequest(typ, flags uint16, index int) (*nl.NetlinkRequest, *nl.IfInfomsg) {
	req := &nl.NetlinkRequest{NlMsghdr: unix.NlMsghdr{Type: typ, Flags: unix.NLM_F_REQUEST | unix.NLM_F_ACK | flags}}
	msg := nl.NewIfInfomsg(unix.AF_UNSPEC)
	msg.Index = int32(index)
	req.AddData(msg)
	return req, msg
}

// newLink makes a wanted link, which stays down.
func newLink(at *site) *nl.NetlinkRequest {
	v := at.want
	req, _ := linkRequest(unix.RTM_NEWLINK, unix.NLM_F_CREATE|unix.NLM_F_EXCL, 0)
	req.AddData(nl.NewRtAttr(unix.IFLA_LINK, nl.Uint32Attr(uint32(at.base.Index))))
	req.AddData(nl.NewRtAttr(unix.IFLA_IFNAME, nl.ZeroTerminated(at.name)))
	group := at.base.Group
	if v.Group != nil {
		group = *v.Group
	}
	req.AddData(nl.NewRtAttr(unix.IFLA_GROUP, nl.Uint32Attr(group)))
	if v.Kind == KindMACVLAN {
		req.AddData(nl.NewRtAttr(unix.IFLA_ADDRESS, v.MAC))
	}
	info := nl.NewRtAttr(unix.IFLA_LINKINFO, nil)
	info.AddRtAttr(unix.IFLA_INFO_KIND, nl.NonZeroTerminated(v.Kind))
	data := info.AddRtAttr(unix.IFLA_INFO_DATA, nil)
	if v.Kind == KindMACVLAN {
		data.AddRtAttr(nl.IFLA_MACVLAN_MODE, nl.Uint32Attr(v.Mode))
	} else {
		const layer2 = 0 // IPVLAN_MODE_L2
		data.AddRtAttr(nl.IFLA_IPVLAN_MODE, nl.Uint16Attr(layer2))
		data.AddRtAttr(nl.IFLA_IPVLAN_FLAG, nl.Uint16Attr(uint16(v.Mode)))
	}
	req.AddData(info)
	return req
}

func deleteLink(index int) *nl.NetlinkRequest {
	req, _ := linkRequest(unix.RTM_DELLINK, 0, index)
	return req
}

// deleteGroup deletes all links of a group at once.
func deleteGroup(group uint32) *nl.NetlinkRequest {
	req, _ := linkRequest(unix.RTM_DELLINK, 0, 0)
	req.AddData(nl.NewRtAttr(unix.IFLA_GROUP, nl.Uint32Attr(group)))
	return req
}

func upLink(index int) *nl.NetlinkRequest {
	req, msg := linkRequest(unix.RTM_SETLINK, 0, index)
	msg.Flags, msg.Change = unix.IFF_UP, unix.IFF_UP
	return req
}

// masterLink makes a link a part of another; 0: of none.
func masterLink(index, master int) *nl.NetlinkRequest {
	req, _ := linkRequest(unix.RTM_SETLINK, 0, index)
	req.AddData(nl.NewRtAttr(unix.IFLA_MASTER, nl.Uint32Attr(uint32(master))))
	return req
}

// groupLink sets the group of a link. The kernel tells all listeners even if it is the same.
func groupLink(index int, group uint32) *nl.NetlinkRequest {
	req, _ := linkRequest(unix.RTM_SETLINK, 0, index)
	req.AddData(nl.NewRtAttr(unix.IFLA_GROUP, nl.Uint32Attr(group)))
	return req
}

// ownAddress adds or deletes an address of a virtual link itself. One of IPv6 is
// deprecated, so that nothing else is sent from it, and not tested for duplicates: of a
// link-local address the parent is one.
func ownAddress(typ uint16, index int, p netip.Prefix) *nl.NetlinkRequest {
	req := &nl.NetlinkRequest{NlMsghdr: unix.NlMsghdr{Type: typ, Flags: unix.NLM_F_REQUEST | unix.NLM_F_ACK}}
	family := unix.AF_INET6
	if p.Addr().Is4() {
		family = unix.AF_INET
	}
	msg := nl.NewIfAddrmsg(family)
	msg.Prefixlen, msg.Index = uint8(p.Bits()), uint32(index)
	req.AddData(msg)
	req.AddData(nl.NewRtAttr(unix.IFA_LOCAL, p.Addr().AsSlice()))
	req.AddData(nl.NewRtAttr(unix.IFA_ADDRESS, p.Addr().AsSlice()))
	if typ == unix.RTM_DELADDR {
		return req
	}
	req.Flags |= unix.NLM_F_CREATE | unix.NLM_F_EXCL
	req.AddData(nl.NewRtAttr(ifaProto, nl.Uint8Attr(Protocol)))
	if family == unix.AF_INET6 {
		req.AddData(nl.NewRtAttr(unix.IFA_FLAGS, nl.Uint32Attr(unix.IFA_F_NODAD)))
		const forever = 1<<32 - 1
		life := nl.IfaCacheInfo{}
		life.Valid = forever
		req.AddData(nl.NewRtAttr(unix.IFA_CACHEINFO, life.Serialize()))
	}
	return req
}

// request sends one request and gives the kernel's answer.
func (s *rtnl) request(req *nl.NetlinkRequest) error {
	return s.requests([]*nl.NetlinkRequest{req})[0]
}

// requests sends up to batchSize requests at once and gives the kernel's answers.
func (s *rtnl) requests(list []*nl.NetlinkRequest) []error {
	first := s.next(len(list))
	errs := make([]error, len(list))
	var b []byte
	for i, req := range list {
		req.Seq = first + uint32(i)
		b = append(b, req.Serialize()...)
		errs[i] = errNoAnswer
	}
	err := s.send(b)
	for err == nil {
		b, err = s.receive()
		for m := range messages(b) {
			if i := m.Seq - first; m.Type == unix.NLMSG_ERROR && i < uint32(len(list)) {
				errs[i] = ackError(m)
			}
		}
	}
	if errors.Is(err, unix.EAGAIN) {
		return errs // all that was answered is read
	}
	for i := range errs {
		if errors.Is(errs[i], errNoAnswer) {
			errs[i] = err
		}
	}
	return errs
}

// linkNamed asks for one link.
func (s *rtnl) linkNamed(name string) (Link, error) {
	req, _ := linkRequest(unix.RTM_GETLINK, 0, 0)
	req.AddData(nl.NewRtAttr(unix.IFLA_IFNAME, nl.ZeroTerminated(name)))
	req.AddData(nl.NewRtAttr(unix.IFLA_EXT_MASK, nl.Uint32Attr(skipStats)))
	req.Flags &^= unix.NLM_F_ACK
	req.Seq = s.next(1)
	if err := s.send(req.Serialize()); err != nil {
		return Link{}, err
	}
	for {
		b, err := s.receive()
		if err != nil {
			return Link{}, err
		}
		for m := range messages(b) {
			if m.Seq != req.Seq {
				continue
			}
			if l, ok := decodeLink(m.Body); ok && m.Type == unix.RTM_NEWLINK {
				return l, nil
			}
			return Link{}, ackError(m)
		}
	}
}
