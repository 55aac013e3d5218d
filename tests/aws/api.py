# Stand-in for AWS: EC2's and SSM's API as moto implements them, in memory, on a free port of 127.0.0.1, which is printed.
# Arguments: the region; the network of its public addresses. Ends when its standard input does, and with it all that it holds.
import ipaddress
import os
import sys
import threading

# What moto takes unseen unless it is told otherwise, and Amazon does not.
os.environ["MOTO_ENABLE_AMI_VALIDATION"] = "true"
os.environ["MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION"] = "true"

from moto.core import DEFAULT_ACCOUNT_ID
from moto.ec2.models import ec2_backends, elastic_network_interfaces
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.ssm.models import Parameter, ssm_backends
from werkzeug.serving import make_server

region, network = sys.argv[1:]

# Addresses of this machine's own: moto would give some of Amazon's.
addresses = ipaddress.ip_network(network).hosts()
elastic_network_interfaces.random_public_ip = lambda: str(next(addresses))

# Canonical's images, and the parameters that name the newest of them: moto knows Amazon's own only.
ec2 = ec2_backends[DEFAULT_ACCOUNT_ID][region]
ssm = ssm_backends[DEFAULT_ACCOUNT_ID][region]
for arch, architecture in (("amd64", "x86_64"), ("arm64", "arm64")):
    image = ec2.register_image(name=f"ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-{arch}-server")
    image.architecture = architecture
    image.root_device_name = "/dev/sda1"
    name = f"/aws/service/canonical/ubuntu/server/24.04/stable/current/{arch}/hvm/ebs-gp3/ami-id"
    ssm._parameters[name].append(
        Parameter(
            account_id=DEFAULT_ACCOUNT_ID, name=name, value=image.id, parameter_type="String", description=None,
            allowed_pattern=None, keyid=None, last_modified_date=0, version=1, data_type="aws:ec2:image",
        )
    )

server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True)
print(server.server_port, flush=True)
threading.Thread(target=lambda: (sys.stdin.buffer.read(), os._exit(0)), daemon=True).start()
server.serve_forever()
