import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Security;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.SignerInfoGeneratorBuilder;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.jcajce.spec.SM2ParameterSpec;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;

/** Judges the files of a folder: each line of cases.txt is a case, each line of output a verdict. */
public class BouncyJudge {
    static Path folder;

    static byte[] read(String name) throws Exception {
        return Files.readAllBytes(folder.resolve(name));
    }

    static void write(String name, byte[] data) throws Exception {
        Files.write(folder.resolve(name), data);
    }

    static X509Certificate certificate(String name) throws Exception {
        CertificateFactory factory = CertificateFactory.getInstance("X.509", "BC");
        return (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(read(name)));
    }

    static boolean raw(PublicKey key, String id, byte[] message, byte[] value) throws Exception {
        Signature signature = Signature.getInstance("SM3withSM2", "BC");
        signature.setParameter(new SM2ParameterSpec(id.getBytes("UTF-8")));
        signature.initVerify(key);
        signature.update(message);
        return signature.verify(value);
    }

    static boolean cms(String value, String content, String signer) throws Exception {
        CMSSignedData data = new CMSSignedData(new CMSProcessableByteArray(read(content)), read(value));
        SignerInformation one = data.getSignerInfos().getSigners().iterator().next();
        var verifier = new JcaSimpleSignerInfoVerifierBuilder().setProvider("BC");
        return one.verify(verifier.build(certificate(signer)));
    }

    static boolean message(String value, String content, String signer) throws Exception {
        CMSSignedData data = new CMSSignedData(read(value));
        SignerInformation one = data.getSignerInfos().getSigners().iterator().next();
        var verifier = new JcaSimpleSignerInfoVerifierBuilder().setProvider("BC");
        byte[] inside = (byte[]) data.getSignedContent().getContent();
        return one.verify(verifier.build(certificate(signer))) && Arrays.equals(inside, read(content));
    }

    static boolean judge(String[] words) throws Exception {
        switch (words[0]) {
            case "raw":
                return raw(certificate(words[2]).getPublicKey(), words[3], read(words[4]), read(words[5]));
            case "certificate":
                certificate(words[2]).verify(certificate(words[3]).getPublicKey(), "BC");
                return true;
            case "crl":
                CertificateFactory factory = CertificateFactory.getInstance("X.509", "BC");
                X509CRL crl = (X509CRL) factory.generateCRL(new ByteArrayInputStream(read(words[2])));
                crl.verify(certificate(words[3]).getPublicKey(), "BC");
                return crl.getRevokedCertificate(new BigInteger(words[4])) != null;
            case "request":
                PKCS10CertificationRequest request = new PKCS10CertificationRequest(read(words[2]));
                var provider = new JcaContentVerifierProviderBuilder().setProvider("BC");
                return request.isSignatureValid(provider.build(request.getSubjectPublicKeyInfo()));
            case "cms":
                return cms(words[2], words[3], words[4]);
            case "message":
                return message(words[2], words[3], words[4]);
            default:
                throw new IllegalArgumentException(words[0]);
        }
    }

    static void make() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", "BC");
        generator.initialize(new ECGenParameterSpec("sm2p256v1"));
        KeyPair pair = generator.generateKeyPair();
        PrivateKey key = pair.getPrivate();
        ContentSigner signer = new JcaContentSignerBuilder("SM3withSM2").setProvider("BC").build(key);
        X500Name name = new X500Name("C=CN,O=BouncyCastle,CN=Judge");
        Date from = new Date(1700000000000L), until = new Date(1900000000000L);
        var builder = new JcaX509v3CertificateBuilder(name, BigInteger.valueOf(77), from, until, name, pair.getPublic());
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
        X509CertificateHolder holder = builder.build(signer);
        write("made.certificate", holder.getEncoded());
        X509v2CRLBuilder list = new X509v2CRLBuilder(name, from);
        list.setNextUpdate(until);
        list.addCRLEntry(BigInteger.valueOf(4711), from, 1);
        write("made.crl", list.build(signer).getEncoded());
        Signature raw = Signature.getInstance("SM3withSM2", "BC");
        raw.setParameter(new SM2ParameterSpec("1234567812345678".getBytes("UTF-8")));
        raw.initSign(key);
        raw.update(read("message"));
        write("made.signature", raw.sign());
        CMSSignedDataGenerator cms = new CMSSignedDataGenerator();
        var digests = new JcaDigestCalculatorProviderBuilder().setProvider("BC").build();
        cms.addSignerInfoGenerator(new SignerInfoGeneratorBuilder(digests).build(signer, holder));
        cms.addCertificates(new JcaCertStore(List.of(new JcaX509CertificateConverter().setProvider("BC").getCertificate(holder))));
        write("made.cms", cms.generate(new CMSProcessableByteArray(read("message")), false).getEncoded("DER"));
    }

    public static void main(String[] arguments) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        folder = Path.of(arguments[0]);
        for (String line : Files.readAllLines(folder.resolve("cases.txt"))) {
            String[] words = line.split("\t");
            String verdict;
            try {
                verdict = judge(words) ? "valid" : "invalid";
            } catch (Exception error) {
                verdict = "invalid\t" + error;
            }
            System.out.println(words[1] + "\t" + verdict);
        }
        make();
    }
}
